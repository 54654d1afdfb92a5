"""Pictures become the same pixels in folders, arrays, tf.data and served graphs; Pillow is the reference."""

import functools
import io
import itertools
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from infogan_keras import _decoding
from infogan_keras.datasets import images
from infogan_keras.datasets._folder import read_folder
from infogan_keras.models import _signatures

SIZES = [(1, 1), (8, 8), (7, 31), (40, 9)]
RNG = np.random.default_rng(0)


def encode(image, kind="png", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def make_picture(mode, size=(19, 13)):
    """Smooth colours with a transparent corner, in one of Pillow's modes."""
    colours = Image.fromarray(RNG.integers(0, 256, (3, 4, 4), np.uint8)).resize(size, Image.Resampling.BICUBIC)
    if mode == "PA":
        return colours.convert("RGB").convert("P").convert("PA")
    return colours.convert("RGB").convert(mode) if mode in ("1", "P", "CMYK") else colours.convert(mode)


def make_png(values, bits, colour, palette=None, transparency=None):
    """A PNG of any depth and kind of colour: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width = values.shape[:2]
    if bits == 16:
        rows = [row.astype(">u2").tobytes() for row in values]
    else:
        places = np.arange(bits - 1, -1, -1)
        rows = [np.packbits((row.reshape(-1, 1) >> places & 1).ravel()).tobytes() for row in values]
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))]
    parts += [chunk(b"PLTE", bytes(palette))] if palette is not None else []
    parts += [chunk(b"tRNS", bytes(transparency))] if transparency is not None else []
    content = b"".join(b"\0" + row for row in rows)
    return b"\x89PNG\r\n\x1a\n" + b"".join([*parts, chunk(b"IDAT", zlib.compress(content)), chunk(b"IEND", b"")])


def by_pillow(content):
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))


@functools.cache
def served(image_shape):
    """What a SavedModel does with `image_bytes`, as a graph."""
    return tf.function(
        lambda files: _signatures._decoded(files, image_shape),
        input_signature=[tf.TensorSpec([None], tf.string)],
        autograph=False,
    )


def serve(files, image_shape=(8, 8, 1)):
    """(pixels uint8, valid) of a served graph."""
    pixels, valid = served(image_shape)(tf.constant(files))
    return np.round(pixels.numpy() * 255).astype(np.uint8), valid.numpy()


class TestModes:
    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
    def test_png_as_pillow_reads_it(self, mode):
        for size in SIZES:
            content = encode(make_picture(mode, size))
            picture = _decoding.decode_bytes(content)
            assert (picture.mode, picture.white) == (mode, 0)
            np.testing.assert_array_equal(picture.pixels, by_pillow(content))

    @pytest.mark.parametrize("options", [{}, {"quality": 95, "subsampling": 0}, {"quality": 50, "progressive": True}])
    @pytest.mark.parametrize("mode", ["L", "RGB"])
    def test_jpeg_as_pillow_reads_it(self, mode, options):
        for size in SIZES:
            content = encode(make_picture(mode, size), "jpeg", **options)
            np.testing.assert_array_equal(_decoding.decode_bytes(content).pixels, by_pillow(content))

    @pytest.mark.parametrize(
        ("kind", "mode"),
        [
            ("bmp", "RGB"),
            ("gif", "P"),
            ("tiff", "1"),
            ("tiff", "LA"),
            ("tiff", "CMYK"),
            ("tiff", "PA"),
            ("webp", "RGBA"),
        ],
    )
    def test_formats_that_only_pillow_knows(self, kind, mode):
        content = encode(make_picture(mode), kind)
        np.testing.assert_array_equal(_decoding.decode_bytes(content).pixels, by_pillow(content))

    @pytest.mark.parametrize("transparent", [False, True])
    @pytest.mark.parametrize("bits", [1, 2, 4, 8])
    def test_gray_png_below_8_bits(self, bits, transparent):
        highest = 2**bits - 1
        values = np.arange(9 * 5).reshape(9, 5) % (highest + 1)
        content = make_png(values, bits, 0, transparency=[0, highest] if transparent else None)
        expected = np.repeat((values * 255 // highest)[..., np.newaxis], 4, -1)
        expected[..., 3] = np.where((values == highest) & transparent, 0, 255)
        np.testing.assert_array_equal(_decoding.decode_bytes(content).pixels, expected)

    @pytest.mark.parametrize("alpha", [None, 0, 1, 3, 15, 255])
    @pytest.mark.parametrize("bits", [1, 2, 4, 8])
    def test_palettes_of_all_sizes(self, bits, alpha):
        colours = RNG.integers(0, 256, (2**bits, 3))
        values = RNG.integers(0, 2**bits, (9, 5))
        transparency = None if alpha is None else [alpha] * 2**bits
        content = make_png(values, bits, 3, colours.ravel().tolist(), transparency)
        expected = np.dstack([colours[values], np.full(values.shape, 255 if alpha is None else alpha)])
        np.testing.assert_array_equal(_decoding.decode_bytes(content).pixels, expected)


class TestSixteenBits:
    @pytest.mark.parametrize(
        ("highest", "white"), [(200, 255), (255, 255), (256, 4095), (4095, 4095), (4096, 65535), (65535, 65535), (0, 0)]
    )
    @pytest.mark.parametrize("colour", [0, 2, 4, 6])
    def test_white_is_what_the_file_holds(self, colour, highest, white):
        channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
        values = np.linspace(0, highest, 5 * 7 * channels).round().astype(np.int64).reshape(5, 7, channels)
        if colour in (4, 6):
            values[..., -1] = 65535
            values[-1, -1, 0] = highest
        picture = _decoding.decode_bytes(make_png(values, 16, colour))
        assert picture.white == white
        colours = values[..., : 3 if colour in (2, 6) else 1]
        expected = np.floor(colours * 255 / max(white, 1) + 0.5)
        np.testing.assert_array_equal(picture.pixels[..., :3], np.broadcast_to(expected, (5, 7, 3)))
        assert (picture.pixels[..., 3] == 255).all()

    def test_alpha_is_not_scaled(self):
        values = np.dstack([np.full((2, 2), 4095), np.array([[0, 257], [32896, 65535]])])
        np.testing.assert_array_equal(
            _decoding.decode_bytes(make_png(values, 16, 4)).pixels[..., 3], [[0, 1], [128, 255]]
        )

    def test_tiff_as_png(self):
        values = np.linspace(0, 4095, 35).astype(np.uint16).reshape(5, 7)
        tiff, png = (_decoding.decode_bytes(encode(Image.fromarray(values), kind)) for kind in ("tiff", "png"))
        assert (tiff.white, png.white) == (4095, 4095)
        np.testing.assert_array_equal(tiff.pixels, png.pixels)

    @pytest.mark.parametrize(("kind", "mode"), [(np.float32, "F"), (np.int32, "I")])
    def test_deeper_ones_are_refused(self, kind, mode):
        with pytest.raises(ValueError, match=rf"mode {mode}, 32 bits a channel: expected 8 bits, or 16 bits of gray"):
            _decoding.decode_bytes(encode(Image.fromarray(np.full((8, 8), 200, kind)), "tiff"))


class TestOrientation:
    UPRIGHT = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20

    @pytest.mark.parametrize(
        ("orientation", "turned"),
        [
            (1, UPRIGHT),
            (2, UPRIGHT[:, ::-1]),
            (3, UPRIGHT[::-1, ::-1]),
            (4, UPRIGHT[::-1]),
            (5, UPRIGHT.T),
            (6, np.rot90(UPRIGHT)),
            (7, UPRIGHT[::-1, ::-1].T),
            (8, np.rot90(UPRIGHT, -1)),
        ],
    )
    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "webp"])
    def test_files_are_turned_upright(self, kind, order, orientation, turned):
        exif = Image.Exif()
        exif.endian = order
        exif[0x010F], exif[0x0112], exif[0x0132] = "maker of the camera", orientation, "2026:01:02 03:04:05"
        options = {"lossless": True} if kind == "webp" else {"quality": 100} if kind == "jpeg" else {}
        content = encode(Image.fromarray(turned), kind, exif=exif, **options)
        pixels = _decoding.decode_bytes(content).pixels
        np.testing.assert_array_equal(pixels, by_pillow(content))
        np.testing.assert_allclose(pixels[..., 0], self.UPRIGHT, atol=3 if kind == "jpeg" else 0)

    def test_damaged_tags_turn_at_most(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        whole = encode(Image.fromarray(self.UPRIGHT), "jpeg", exif=exif)
        start = whole.index(b"Exif\0\0") + 6
        files = []
        for place, value in itertools.product(range(start, start + 24), (0, 255)):
            files.append(whole[:place] + bytes([value]) + whole[place + 1 :])
        files.append(whole.replace(b"\x12\x01\x03\x00", b"\x12\x01\x04\x00"))
        for content in files:
            pixels, _ = _decoding._decoder()(tf.constant(content))
            assert pixels.shape in ((3, 4, 4), (4, 3, 4))
            assert sorted(pixels.numpy().ravel()) == sorted(by_pillow(whole).ravel())


def all_pictures():
    """Files of all kinds that a server knows, by name."""
    files = {}
    for mode, size in itertools.product(("1", "L", "LA", "P", "RGB", "RGBA"), SIZES):
        files[f"{mode}-{size}.png"] = encode(make_picture(mode, size))
    for mode, size in itertools.product(("L", "RGB", "CMYK"), SIZES):
        files[f"{mode}-{size}.jpg"] = encode(make_picture(mode, size), "jpeg")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        files[f"turned-{orientation}.jpg"] = encode(make_picture("RGB", (21, 34)), "jpeg", exif=exif)
    for bits in (1, 2, 4):
        files[f"gray-{bits}.png"] = make_png(RNG.integers(0, 2**bits, (11, 17)), bits, 0)
        files[f"palette-{bits}.png"] = make_png(
            RNG.integers(0, 2**bits, (11, 17)), bits, 3, RNG.integers(0, 256, 3 * 2**bits).tolist(), [15]
        )
    files["deep.png"] = make_png(RNG.integers(0, 65536, (11, 17, 4)), 16, 6)
    return files


class TestAgreement:
    @pytest.mark.parametrize("image_shape", [(8, 8, 1), (8, 8, 3), (5, 9, 3)])
    @pytest.mark.filterwarnings("ignore:Images of the modes")
    def test_a_folder_and_a_served_graph(self, tmp_path, image_shape):
        files = all_pictures()
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        pixels, valid = serve([files[name] for name in sorted(files)], image_shape)
        assert valid.all()
        np.testing.assert_array_equal(pixels, read_folder(tmp_path, image_shape))

    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
    @pytest.mark.filterwarnings("ignore:Images of")
    def test_arrays_and_tf_data(self, mode, channels):
        picture = make_picture(mode, (31, 20))
        (expected,), _ = serve([encode(picture)], (8, 8, channels))
        array = np.asarray(picture)[np.newaxis]
        array = array if array.ndim == 4 else array[..., np.newaxis]
        for source in (array, array / 255, array / 127.5 - 1):
            for one in (source, tf.data.Dataset.from_tensor_slices(source)):
                (loaded,) = next(iter(images.load(one, (8, 8, channels), batch_size=1))).numpy()
                # Floats are rounded before they are resampled.
                error = np.abs(np.round(loaded * 255) - expected)
                assert error.max() <= (0 if source is array else 1)
                assert error.mean() < 0.02

    def test_the_size_is_that_of_the_network_already(self):
        values = RNG.integers(0, 256, (8, 8), np.uint8)
        np.testing.assert_array_equal(serve([encode(Image.fromarray(values))])[0][0, ..., 0], values)


class TestLimits:
    def test_a_served_graph_reads_only_the_header_of_large_pictures(self, monkeypatch):
        monkeypatch.setattr(_decoding, "LARGEST_PICTURE", 30 * 20)
        graph = tf.function(lambda files: _signatures._decoded(files, (8, 8, 1)), autograph=False)
        files = [encode(Image.new("L", size, 99), kind) for kind in ("png", "jpeg") for size in ((20, 30), (20, 31))]
        pixels, valid = graph(tf.constant(files))
        assert valid.numpy().tolist() == [True, False, True, False]
        np.testing.assert_allclose(pixels[::2] * 255, 99, atol=1e-4)
        # The header is enough to refuse it: what follows is not even a picture.
        with pytest.raises(tf.errors.InvalidArgumentError, match="did not hold"):
            _decoding.decode(files[1][:40], 600)

    def test_the_limit_is_4_megapixels(self):
        files = [encode(Image.new("1", size), "png") for size in ((2000, 2000), (2000, 2001))]
        assert serve(files)[1].tolist() == [True, False]

    def test_more_pixels_than_pillow_allows(self, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 600)
        for kind in ("png", "gif"):
            _decoding.decode_bytes(encode(Image.new("L", (20, 30)), kind))
            for rows in (31, 300):
                with pytest.raises(ValueError, match="pixels"):
                    _decoding.decode_bytes(encode(Image.new("L", (20, rows)), kind))

    @pytest.mark.parametrize("kind", ["png", "jpeg"])
    def test_damaged_files(self, kind):
        whole = encode(make_picture("RGB"), kind)
        damaged = [whole[:length] for length in range(0, len(whole) - 12, 7)]
        assert not serve(damaged)[1].any()
        for content in damaged:
            with pytest.raises(ValueError, match=r"."):
                _decoding.decode_bytes(content)

"""Meshes to images with known factors: ray casting on the CPU, and a cache of what was made.

A cached set is one `.npz` file that NumPy alone reads: `images` (n, height, width, 1) uint8, one array (n,) per factor,
`about`, a JSON text that says how the images were made and under which licence they are, and `sha256`, a checksum of
the arrays.

    content = numpy.load("faces-train-3f0c1e5d9a2b.npz")
    images, azimuth, about = content["images"], content["azimuth"], json.loads(str(content["about"]))
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import warnings
from pathlib import Path

import keras
import numpy as np

from infogan_keras._files import atomic_file, cache_folder

VERSION = 1  # To be raised with every change to the pixels, so that no older file is taken for a newer one.
DISTANCE = 5
SAMPLES = 3


class Mesh:
    """A triangle mesh that rays are cast at.

    The object stands upright, y up, and looks toward +z. The camera looks at the origin from 5 units away, and its
    square frame just holds the unit sphere.

    Args:
        vertices: (v, 3) coordinates.
        faces: (f, 3) indices of vertices, wound either way, but for smooth shading all the same way.
        smooth: shade with normals interpolated between the vertices rather than with each triangle's own.

    Raises:
        ImportError: without embreex.
    """

    def __init__(self, vertices, faces, smooth=False):
        try:
            from embreex import mesh_construction, rtcore_scene
        except ImportError as error:
            raise ImportError(f'{error}. Install the extra: pip install -e ".[render]"') from None
        vertices, self._faces = np.asarray(vertices, np.float32), np.asarray(faces, np.int32)
        self._normals = _vertex_normals(vertices, self._faces) if smooth else None
        self._scene = rtcore_scene.EmbreeScene()
        mesh_construction.TriangleMesh(self._scene, vertices, self._faces)

    def render(
        self,
        image_size,
        azimuth=0,
        elevation=0,
        width=1,
        light_azimuth=0,
        light_elevation=0,
        ambient=0.2,
        diffuse=0.8,
        background=0,
    ):
        """One gray image: nine rays per pixel, Lambert's law, no cast shadows.

        Args:
            image_size: pixels along a side.
            azimuth: of the object, degrees about its vertical axis; positive turns its front to the image's right.
            elevation: of the camera above the horizon, degrees.
            width: factor by which the object is stretched along its x axis.
            light_azimuth: of the distant lamp from the camera, degrees; positive is the image's right.
            light_elevation: of the lamp above the camera, degrees.
            ambient: brightness where no light falls, in [0, 1].
            diffuse: brightness that light from straight above a surface adds.
            background: brightness where there is no object.

        Returns:
            (image_size, image_size) uint8.
        """
        # The rays are turned and stretched rather than the object, whose tree of boxes then serves all its images.
        to_camera = _turn_up(elevation) @ _turn_right(azimuth) @ np.diag([width, 1, 1])
        to_object = np.linalg.inv(to_camera).astype(np.float32)
        directions = _directions(image_size) @ to_object.T
        origins = np.tile(to_object @ np.float32([0, 0, DISTANCE]), (len(directions), 1))
        hits = self._scene.run(origins, directions, output=True)
        hit = hits["primID"] >= 0
        normals = flat = hits["Ng"][hit]
        if self._normals is not None:
            u, v = hits["u"][hit, np.newaxis], hits["v"][hit, np.newaxis]
            first, second, third = self._normals[self._faces[hits["primID"][hit]].T]
            normals = (1 - u - v) * first + u * second + v * third
        # The side that is seen is the one that is lit, whichever way the triangle is wound.
        away = np.sum(flat * directions[hit], axis=1, keepdims=True) > 0
        normals = _unit(np.where(away, -normals, normals) @ to_object)
        light = _turn_right(light_azimuth) @ _turn_up(-light_elevation) @ [0, 0, 1]
        image = np.full(len(directions), background, np.float32)
        image[hit] = ambient + diffuse * np.maximum(normals @ light.astype(np.float32), 0)
        image = image.reshape(image_size, SAMPLES, image_size, SAMPLES).mean((1, 3))
        return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def render_all(make_mesh, which, image_size, factors, **constants):
    """Images of several meshes, on all cores and with a progress bar.

    Args:
        make_mesh: function of an integer that gives a `Mesh`.
        which: (n,) integers, the mesh of each image. It is made once for all its images.
        image_size: pixels along a side.
        factors: arguments of `Mesh.render` that vary, `{name: (n,)}`.
        **constants: the others.

    Returns:
        (n, image_size, image_size, 1) uint8, the same for every number of cores.
    """
    images = np.empty((len(which), image_size, image_size, 1), np.uint8)

    def render(places):
        mesh = make_mesh(which[places[0]])
        for place in places:
            values = {name: values[place] for name, values in factors.items()}
            images[place, ..., 0] = mesh.render(image_size, **values, **constants)
        return len(places)

    order = np.argsort(which, kind="stable")
    jobs = np.split(order, np.flatnonzero(np.diff(which[order])) + 1)
    bar = keras.utils.Progbar(len(images), unit_name="image")
    # Threads suffice: embree casts rays without holding Python's lock.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for count in pool.map(render, jobs):
            bar.add(count)
    return images


def cached(name, parameters, make, folder=None):
    """The arrays of a set that was made before with the same parameters, or is made now.

    Args:
        name: how the file's name begins; a checksum of the parameters follows.
        parameters: all that the arrays depend on, as JSON can hold it.
        make: function without arguments that gives `{name: array}`.
        folder: where the file is kept; None is `infogan_keras` in `XDG_CACHE_HOME`, or else in `~/.cache`.

    Returns:
        `{name: array}`.

    Raises:
        PermissionError: for a folder that cannot be written to, before anything is made.
    """
    about = json.dumps(parameters, indent=1)
    path = Path(folder or cache_folder()) / f"{name}-{hashlib.sha256(about.encode()).hexdigest()[:12]}.npz"
    if path.exists():
        try:
            return _read(path, about)
        except Exception as error:  # A damaged zip archive makes NumPy raise errors of a dozen kinds.
            warnings.warn(f"{path} is damaged, older or another's file ({error}). It is made again.", stacklevel=3)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"{path.parent} cannot be written to. Pass another data_dir, or set XDG_CACHE_HOME.")
    print(f"Once only: making {path}")
    arrays = make()
    with atomic_file(path) as temporary:
        np.savez_compressed(temporary, about=about, sha256=_checksum(about, arrays), **arrays)
    return arrays


def _read(path, about):
    """The arrays of a cached file; raises an error of any kind for a damaged one."""
    with path.open("rb") as file, np.load(file) as content:
        arrays = dict(content)
    checksum = str(arrays.pop("sha256"))
    if str(arrays.pop("about")) != about:
        raise ValueError("made with other parameters")
    if checksum != _checksum(about, arrays):
        raise ValueError("its checksum differs")
    return arrays


def _checksum(about, arrays):
    """SHA-256 of names, types, shapes and values: a zip archive's own sums miss damage to its directory."""
    digest = hashlib.sha256(about.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]))
    return digest.hexdigest()


@functools.cache
def _directions(image_size):
    """(rays, 3) float32, from the camera through the pixels, row by row from the top."""
    half = np.tan(np.arcsin(1 / DISTANCE))
    places = half * ((np.arange(image_size * SAMPLES) + 0.5) / (image_size * SAMPLES) * 2 - 1)
    x, y = np.meshgrid(places, -places)
    return np.stack([x, y, np.full_like(x, -1)], axis=-1).reshape(-1, 3).astype(np.float32)


def _turn_right(degrees):
    """About the y axis, from +z to +x, which is the image's right."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _turn_up(degrees):
    """About the x axis, from +y to +z: what is on top turns toward the camera."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _vertex_normals(vertices, faces):
    """Sums of the normals of the triangles around each vertex, weighted by area."""
    a, b, c = vertices[faces.T]
    normals = np.zeros_like(vertices)
    np.add.at(normals, faces, np.cross(b - a, c - a)[:, np.newaxis])
    return _unit(normals)


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

"""What several rooms' tests use: tiny networks and models, files of real formats, workers of one cluster."""

import gzip
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
from PIL import Image

import infogan_keras as ig
from infogan_keras.architectures import Architecture, Conv, Dense

ROOT = Path(__file__).parent.parent

TINY = Architecture(
    name="tiny",
    image_shape=(8, 8, 1),
    image_range=(0, 1),
    trunk=(Conv(4, batch_norm=False), Conv(8), Dense((16,))),
    recognition=(Dense((8,)),),
    generator=(Dense((16,)), Dense((2, 2, 8)), Conv(8)),
)


def make_latents(**codes):
    codes = codes or {"digit": ig.Categorical(3), "rotation": ig.Uniform(1, fix_std=True), "width": ig.Uniform(2)}
    return ig.LatentSpec(ig.Uniform(5), codes)


def make_model(
    latents=None,
    seed=0,
    architecture=TINY,
    synchronized=True,
    ema_momentum=None,
    d_ema_momentum=None,
    **compile_arguments,
):
    keras.utils.set_random_seed(seed)
    latents = latents or make_latents()
    generator, discriminator = architecture.build(latents, synchronized=synchronized)
    model = ig.InfoGAN(
        generator,
        discriminator,
        latents,
        image_range=architecture.image_range,
        seed=seed,
        ema_momentum=ema_momentum,
        d_ema_momentum=d_ema_momentum,
    )
    arguments = {
        "d_optimizer": ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8),
        "g_optimizer": ig.optimizers.Adam(1e-3, beta_1=0.5, epsilon=1e-8),
        # A few steps of tiny networks take less time than one trace of their graph.
        "run_eagerly": "jit_compile" not in compile_arguments and "steps_per_execution" not in compile_arguments,
        **compile_arguments,
    }
    model.compile(**arguments)
    return model


def weights(model):
    """Every number that training changes: weights, batch norm's averages, the counter, and both optimizers."""
    owners = {"model": model, "d_optimizer": model.d_optimizer, "g_optimizer": model.g_optimizer}
    return {
        f"{owner} {index} {variable.name}": variable.numpy()
        for owner, holder in owners.items()
        for index, variable in enumerate(holder.variables)
    }


def start_workers(folder, count, script, *arguments):
    """Starts a script of this folder as the workers of one cluster, or alone where it is one; their output in files."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    addresses = [f"localhost:{s.getsockname()[1]}" for s in sockets]
    for s in sockets:
        s.close()
    workers = []
    for index in range(count):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, **({"TF_CONFIG": json.dumps(config)} if count > 1 else {})}
        command = [sys.executable, Path(__file__).parent / script, *map(str, arguments)]
        with (folder / f"{index}.out").open("w") as out, (folder / f"{index}.err").open("w") as err:
            workers.append(subprocess.Popen(command, env=environment, stdout=out, stderr=err))
    return workers


def run_workers(count, script, *arguments):
    """The standard outputs of workers that all end well."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workers = start_workers(folder, count, script, *arguments)
        try:
            for index, worker in enumerate(workers):
                assert worker.wait(timeout=300) == 0, (folder / f"{index}.err").read_text()
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
        return [(folder / f"{index}.out").read_text() for index in range(count)]


def write_photos(folder, count):
    """Writes colour images of random pixels, 60x40."""
    folder.mkdir()
    for index in range(count):
        values = np.random.default_rng(index).integers(0, 256, (40, 60, 3), np.uint8)
        Image.fromarray(values).save(folder / f"{index}.jpg")


def write_idx(folder, split, images, labels, zipped=True):
    """Writes one split of a data set in MNIST's format; `split` is "train" or "t10k"."""
    for name, values in (("images-idx3", images), ("labels-idx1", labels)):
        header = (0x800 + values.ndim).to_bytes(4, "big") + b"".join(n.to_bytes(4, "big") for n in values.shape)
        content = header + values.tobytes()
        path = folder / f"{split}-{name}-ubyte{'.gz' if zipped else ''}"
        path.write_bytes(gzip.compress(content) if zipped else content)


def write_clothes(folder, count):
    """Writes both splits of a stand-in for Fashion-MNIST: random pixels, and classes in turn."""
    folder.mkdir()
    for seed, split in enumerate(("train", "t10k")):
        pixels = np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)
        write_idx(folder, split, pixels, (np.arange(count) % 10).astype(np.uint8))

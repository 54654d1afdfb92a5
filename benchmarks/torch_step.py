"""The MNIST run's training step in PyTorch: the peer that `training_step.py` measures beside ours.

The same networks (paper, Table 1), the same alternation (D and Q on a real and a generated batch, then G on fresh
latents), the same Adam, batches of 128. Needs `pip install torch==2.13.0`; prints the median step's milliseconds.

    python benchmarks/torch_step.py --fused-adam --channels-last
"""

import argparse
import gzip
import math
import os
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

IMAGES = Path(__file__).parent.parent / "infogan_keras" / "data" / "mnist" / "train-images-idx3-ubyte.gz"


def make_generator():
    """(rows, 74) → (rows, 1, 28, 28)."""
    return nn.Sequential(
        *(nn.Linear(74, 1024), nn.BatchNorm1d(1024), nn.ReLU()),
        *(nn.Linear(1024, 7 * 7 * 128), nn.BatchNorm1d(7 * 7 * 128), nn.ReLU()),
        nn.Unflatten(1, (128, 7, 7)),
        *(nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU()),
        *(nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Sigmoid()),
    )


class Discriminator(nn.Module):
    """D and Q on one trunk."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            *(nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.1)),
            *(nn.Conv2d(64, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.LeakyReLU(0.1)),
            *(nn.Flatten(), nn.Linear(7 * 7 * 128, 1024), nn.BatchNorm1d(1024), nn.LeakyReLU(0.1)),
        )
        self.logits = nn.Linear(1024, 1)
        self.codes = nn.Sequential(nn.Linear(1024, 128), nn.BatchNorm1d(128), nn.LeakyReLU(0.1), nn.Linear(128, 12))

    def forward(self, images):
        """D's logits (rows, 1) and Q's outputs (rows, 12)."""
        features = self.trunk(images)
        return self.logits(features).float(), self.codes(features).float()


def sample(rows):
    """The generator's input, the digits, and the continuous codes."""
    digits, continuous = torch.randint(0, 10, (rows,)), torch.rand(rows, 2) * 2 - 1
    noise = torch.rand(rows, 62) * 2 - 1
    return torch.cat([noise, functional.one_hot(digits, 10).float(), continuous], 1), digits, continuous


def bound(codes, digits, continuous):
    """The bound in nats, up to a constant."""
    errors = 0.5 * continuous**2 - 0.5 * (continuous - codes[:, 10:]) ** 2
    return math.log(10) - functional.cross_entropy(codes[:, :10], digits) + errors.sum(1).mean()


def main(arguments):
    """Trains for some steps and prints their median time."""
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    pixels = np.frombuffer(gzip.decompress(IMAGES.read_bytes()), np.uint8, offset=16)
    images = torch.from_numpy(pixels.reshape(-1, 1, 28, 28).copy())
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
    generator, discriminator = (network.to(memory_format=layout) for network in (make_generator(), Discriminator()))
    g_optimizer, d_optimizer = (
        torch.optim.Adam(network.parameters(), rate, betas=(0.5, 0.999), fused=arguments.fused_adam)
        for network, rate in ((generator, 1e-3), (discriminator, 2e-4))
    )
    g, d = (torch.compile(network) if arguments.compile else network for network in (generator, discriminator))
    entropy = functional.binary_cross_entropy_with_logits

    def step(real):
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "mixed_bfloat16"):
            latents, digits, continuous = sample(len(real))
            with torch.no_grad():
                fake = g(latents)
            on_real, _ = d(real)
            on_fake, codes = d(fake)
            loss = entropy(on_real, torch.ones_like(on_real)) + entropy(on_fake, torch.zeros_like(on_fake))
            loss = loss - bound(codes, digits, continuous)
        d_optimizer.zero_grad()
        loss.backward()
        d_optimizer.step()
        for weight in discriminator.parameters():
            weight.requires_grad_(False)
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "mixed_bfloat16"):
            latents, digits, continuous = sample(len(real))
            on_fake, codes = d(g(latents))
            loss = entropy(on_fake, torch.ones_like(on_fake)) - bound(codes, digits, continuous)
        g_optimizer.zero_grad()
        loss.backward()
        g_optimizer.step()
        for weight in discriminator.parameters():
            weight.requires_grad_(True)

    milliseconds = []
    for _ in range(arguments.warmup + arguments.steps):
        start = time.perf_counter()
        batch = images[torch.randint(0, len(images), (arguments.batch_size,))].float() / 255
        step(batch.contiguous(memory_format=layout))
        milliseconds.append(1e3 * (time.perf_counter() - start))
    median = statistics.median(milliseconds[arguments.warmup :])
    print(f"PyTorch {torch.__version__}: {median:.1f} ms/step")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--warmup", type=int, default=6)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--precision", choices=("float32", "mixed_bfloat16"), default="float32")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--fused-adam", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    main(parser.parse_args())

"""What the generator is fed: noise and named codes, each with a distribution."""

from infogan_keras.latents.continuous import Circular, Normal, Uniform
from infogan_keras.latents.discrete import Bernoulli, Categorical
from infogan_keras.latents.distribution import Distribution
from infogan_keras.latents.spec import LatentSpec

__all__ = ["Bernoulli", "Categorical", "Circular", "Distribution", "LatentSpec", "Normal", "Uniform"]

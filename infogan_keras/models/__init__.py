"""The models: `GAN`, and `InfoGAN` that adds the recognition network."""

from infogan_keras.models.gan import GAN
from infogan_keras.models.infogan import InfoGAN

__all__ = ["GAN", "InfoGAN"]

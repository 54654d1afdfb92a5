"""The models: `GAN`, `InfoGAN` that adds the recognition network, and `ACGAN` that adds labels."""

from infogan_keras.models.gan import GAN
from infogan_keras.models.infogan import InfoGAN
from infogan_keras.models.semi_supervised import ACGAN

__all__ = ["ACGAN", "GAN", "InfoGAN"]

"""Measures of what codes have learned, as functions of arrays."""

from infogan_keras.evaluation import clustering

__all__ = ["clustering"]

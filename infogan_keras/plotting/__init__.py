"""Latents as grids, grids as pictures, numbers as charts."""

from infogan_keras.plotting import charts, traversal

__all__ = ["charts", "traversal"]

"""A living figure: one HTML page that runs a model's two networks in the browser, with nothing else to fetch."""

from infogan_keras.explore.page_file import write_page

__all__ = ["write_page"]

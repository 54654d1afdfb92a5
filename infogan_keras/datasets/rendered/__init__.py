"""Sets whose true factors are known: heads and chairs rendered from packed meshes, and the public chairs."""

from infogan_keras.datasets.rendered import chairs, faces, meshes, public_chairs

__all__ = ["chairs", "faces", "meshes", "public_chairs"]

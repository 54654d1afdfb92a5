"""InfoGAN in Keras 3: named latent codes, learned without labels.

Public names, listed in `__init__.pyi`, are imported when they are first used: `import infogan_keras` and the command's
`--help` do not wait for TensorFlow.
"""

import lazy_loader

from infogan_keras import _registration

__version__ = "0.2.0"

_registration.require_tensorflow_backend()
_registration.register()

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

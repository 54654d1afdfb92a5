"""The command `infogan`, and what training scripts share with it: flags, a quiet start, errors of one line.

Nothing here imports TensorFlow before it must: `--help` and wrong flags are answered at once.

Example (a whole training script; `examples/mnist.py` is a longer one):
    import infogan_keras as ig

    def train(flags):
        ig.cli.train(ig.experiments.SVHN, flags)

    ig.cli.run_script(train, ig.cli.training_flags("Train on SVHN.", name="svhn", epochs=200))
"""

from infogan_keras.cli.command import main
from infogan_keras.cli.errors import run_script
from infogan_keras.cli.flags import training_flags
from infogan_keras.cli.start import make_strategy, start_tensorflow
from infogan_keras.cli.training import describe_bound, finish, train

__all__ = [
    "describe_bound",
    "finish",
    "main",
    "make_strategy",
    "run_script",
    "start_tensorflow",
    "train",
    "training_flags",
]

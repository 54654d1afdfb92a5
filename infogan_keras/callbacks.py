"""What a training run leaves behind: pictures, logs, checkpoints, warnings; `for_run` gives them all.

A run folder holds

    config.json   model, optimizers and settings, to be compared when the run is resumed
    log.csv       every logged quantity, one row per epoch
    reals.png     real images, written before the first step
    samples/      one picture of random images per epoch; samples.gif at the end
    traversals/   one folder of pictures and one GIF per code
    checkpoints/  the last two epochs, each a loadable .keras file
    tensorboard/  where TensorBoard is installed
    model.keras   the finished model
"""

from infogan_keras.models._progress import ProgressBar
from infogan_keras.runs.exports import ExportVersions
from infogan_keras.runs.health import HealthWarnings, StopOnNaN
from infogan_keras.runs.pictures import TraversalGrid
from infogan_keras.runs.run import Checkpoints, LogFile, for_run, restore

__all__ = [
    "Checkpoints",
    "ExportVersions",
    "HealthWarnings",
    "LogFile",
    "ProgressBar",
    "StopOnNaN",
    "TraversalGrid",
    "for_run",
    "restore",
]

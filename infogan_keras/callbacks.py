"""What a training run leaves behind: pictures, logs, checkpoints, warnings. `ig.runs.start` combines them."""

from infogan_keras.models._progress import ProgressBar
from infogan_keras.runs.checkpoints import Checkpoints, FinishedModel
from infogan_keras.runs.exports import ExportVersions
from infogan_keras.runs.health import HealthWarnings, StopOnNaN
from infogan_keras.runs.log_file import LogFile
from infogan_keras.runs.pictures import TraversalGrid

__all__ = [
    "Checkpoints",
    "ExportVersions",
    "FinishedModel",
    "HealthWarnings",
    "LogFile",
    "ProgressBar",
    "StopOnNaN",
    "TraversalGrid",
]

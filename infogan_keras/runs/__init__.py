"""Training runs in folders of their own: start one, resume one, and the callbacks that fill the folder."""

from infogan_keras._files import new_directory
from infogan_keras.runs.run import Run, resume, start

__all__ = ["Run", "new_directory", "resume", "start"]

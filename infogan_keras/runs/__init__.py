"""Training runs in folders of their own: start one, resume one, and the callbacks that fill the folder."""

from infogan_keras.runs.run import Run, new_directory, resume, start

__all__ = ["Run", "new_directory", "resume", "start"]

"""Errors of users as one line on stderr, with exit code 2; Ctrl-C as one line, with exit code 130."""

import argparse
import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

# What this package, and the file system, raise with a message that says what to do.
USER_ERRORS = (ValueError, OSError, ImportError, FloatingPointError)


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that does not print its usage before an error."""

    def error(self, message: str) -> NoReturn:
        """Exits with code 2."""
        self.exit(2, f"{self.prog}: error: {message}\n")


@contextlib.contextmanager
def one_line_errors(program: str) -> Iterator[None]:
    """Turns a user's errors and Ctrl-C inside the block into a line on stderr and SystemExit; a warning is a line too.

    All other errors are bugs, and keep their traceback; with INFOGAN_TRACEBACK=1 in the environment, these do too.
    """
    show_line = warnings.formatwarning
    warnings.formatwarning = lambda message, *rest, **options: f"Warning: {message}\n"
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if sys.stdout.isatty():
            print()  # The progress bar has left its line open.
        print(str(interrupt) or "Interrupted.", file=sys.stderr)
        raise SystemExit(130) from None
    except USER_ERRORS as error:
        if os.environ.get("INFOGAN_TRACEBACK"):
            raise
        print(f"{program}: error: {' '.join(str(error).split())}", file=sys.stderr)
        raise SystemExit(2) from None
    finally:
        warnings.formatwarning = show_line


@contextlib.contextmanager
def resumable(run_dir: Path) -> Iterator[None]:
    """Ctrl-C inside the block, or a full disk, names the command that goes on with the run, once it has a checkpoint.

    A folder that is still empty at the end, as where the data is refused, is deleted.
    """

    def has_checkpoint():
        return any((run_dir / "checkpoints").glob("epoch-*.keras"))

    try:
        yield
    except KeyboardInterrupt:
        if has_checkpoint():
            raise KeyboardInterrupt(f"Interrupted. Go on with: infogan resume {run_dir}") from None
        raise KeyboardInterrupt("Interrupted before the first checkpoint: there is nothing to resume.") from None
    except OSError as error:
        if error.errno == errno.ENOSPC and has_checkpoint():
            raise OSError(f"The disk is full. Make room, then go on with: infogan resume {run_dir}") from error
        raise
    finally:
        with contextlib.suppress(OSError):
            run_dir.rmdir()


def run_script(function: Callable[[argparse.Namespace], None], flags: argparse.Namespace) -> None:
    """Starts TensorFlow as the flags say, and calls a training script's function.

    Weights are drawn from `flags.seed`. A user's error ends the process with one line and exit code 2, Ctrl-C with a
    line that says how to resume and 130.

    Args:
        function: of the flags; imports what needs TensorFlow itself.
        flags: of `training_flags`.
    """
    from infogan_keras.cli.start import start_tensorflow

    with one_line_errors(Path(sys.argv[0]).name), resumable(flags.run_dir):
        start_tensorflow(flags.precision, flags.seed)
        function(flags)

"""Measurements in processes of their own: what the timing benchmarks share."""

import csv
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def our_step(**options):
    """What `one_step.py` measures with these options, in a fresh process."""
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return json.loads(run(FOLDER / "one_step.py", *flags).splitlines()[-1])


def run(script, *flags):
    """Standard output of a Python script."""
    command = [sys.executable, str(script), *map(str, flags)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stderr}")
    return result.stdout


def write(rows):
    """Dicts as CSV on standard output."""
    writer = csv.DictWriter(sys.stdout, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def say(text):
    """A line of progress, beside the CSV."""
    print(text, file=sys.stderr, flush=True)

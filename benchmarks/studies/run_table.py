"""Tables over finished runs: what the summarizing benchmarks share."""

import argparse
import contextlib
import csv
import os
import re
import sys
from pathlib import Path

# Before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def read_log(run_dir):
    """The rows of a run's `log.csv`, as dicts of texts."""
    with (run_dir / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def configuration(run_dir):
    """What a run was: its folder's name without the seed."""
    return re.sub(r"-\d+$", "", run_dir.name)


def write(description, rows):
    """Writes `rows(run_dir)`, dicts, of every run on the command line to standard output as CSV, and returns them."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_dirs", nargs="+", type=Path)
    arguments = parser.parse_args()
    # Progress bars go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        table = [row for run_dir in arguments.run_dirs for row in rows(run_dir)]
    if not table:
        sys.exit("None of the runs has a row.")
    writer = csv.DictWriter(sys.stdout, table[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return table

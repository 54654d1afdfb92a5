"""Measurements in processes of their own: what the timing benchmarks share.

TensorFlow starts in them as in the training scripts: quietly, and with oneDNN's kernels on every CPU.
"""

import argparse
import concurrent.futures
import csv
import json
import os
import queue
import re
import subprocess
import sys
from pathlib import Path

# Before TensorFlow is imported; processes that are started here inherit it.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

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


def resident_mb(pid="self"):
    """Memory of a process that is in use."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def side_by_side(function, items, jobs):
    """Results of `function(item)` in order, `jobs` at a time, the processes that each starts on its share of cores."""
    shares = queue.SimpleQueue()
    cores = sorted(os.sched_getaffinity(0))
    for job in range(jobs):
        shares.put(cores[job::jobs] or cores)
    with concurrent.futures.ThreadPoolExecutor(jobs, initializer=lambda: _take(shares)) as pool:
        yield from pool.map(function, items)


def write(rows):
    """Dicts as CSV on standard output."""
    writer = csv.DictWriter(sys.stdout, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def no_flags(description):
    """Answers --help, and refuses all other flags, of a script that has none."""
    formatter = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(description=description, formatter_class=formatter).parse_args()


def say(text):
    """A line of progress, beside the CSV."""
    print(text, file=sys.stderr, flush=True)


def _take(shares):
    """Keeps this thread, and the processes that it starts, to a share of the cores."""
    os.sched_setaffinity(0, shares.get())

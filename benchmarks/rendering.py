"""How fast faces and chairs are rendered, on all cores: their test splits, with heads built and the file written.

    python benchmarks/rendering.py > benchmarks/results/rendering.csv

Alone on a machine with two cores it takes about a minute.
"""

import contextlib
import os
import sys
import tempfile

import processes


def measure(module):
    """The row of one data set."""
    from one_step import seconds

    with tempfile.TemporaryDirectory() as folder:
        module.arrays("test", folder, size=100)  # Loads embree.
        rendered = seconds(lambda: module.arrays("test", folder))
        read = seconds(lambda: module.arrays("test", folder))
    size = module.SIZES["test"]
    return {
        "set": module.__name__.split(".")[-1],
        "images": size,
        "cores": os.cpu_count(),
        "rendered_per_second": f"{size / rendered:.0f}",
        "read_per_second": f"{size / read:.0f}",
    }


if __name__ == "__main__":
    processes.no_flags(__doc__)
    # Progress bars go to standard output, where the CSV belongs.
    with contextlib.redirect_stdout(sys.stderr):
        from infogan_keras.datasets.rendered import chairs, faces

        rows = [measure(module) for module in (faces, chairs)]
    processes.write(rows)

r"""When the digit code settles: its confusions along whole MNIST runs, measured while they train.

    python -m benchmarks.studies.sweep runs/paper-float32 --seed 5 --seeds 5 -- examples/mnist.py &
    python -m benchmarks.studies.courses benchmarks/results/courses.csv runs/paper-float32-{5..9}

A run keeps its last two checkpoints only, so this waits for those of every fifth epoch, and ends when all runs have.
Rows are those of `ablation.py`, on the same 10,000 training images; what the file has is not measured again.
"""

import argparse
import csv
import time
from pathlib import Path

from benchmarks import processes
from benchmarks.studies import ablation, run_table


def main(arguments):
    """Adds rows as checkpoints appear, until all runs have ended."""
    import keras

    import infogan_keras  # noqa: F401 - what the checkpoints hold

    done = ablation.rows_of(arguments.file, ("configuration", *ablation.COLUMNS[2:]))
    looked_at, going_on = set(), True
    while going_on:
        # Asked first: what a run writes after that is found in the next round.
        going_on = not all((run_dir / "model.keras").is_file() for run_dir in arguments.run_dirs)
        checkpoints = [path for run_dir in arguments.run_dirs for path in run_dir.glob("checkpoints/epoch-*.keras")]
        for path in sorted(checkpoints):
            if path in looked_at or int(path.stem.removeprefix("epoch-")) % arguments.every:
                continue
            looked_at.add(path)
            model = keras.saving.load_model(path)
            run = (run_table.configuration(path.parent.parent), model.seed)
            if tuple(map(str, (*run, model.updates))) in done:
                continue
            row = (*run, *ablation.measure(model))
            with arguments.file.open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(row)
            processes.say(" ".join(map(str, row[:4])))
        if going_on:
            time.sleep(10)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="of rows, a CSV that is made or added to")
    parser.add_argument("run_dirs", type=Path, nargs="+", help="runs, also those that have not begun")
    parser.add_argument("--every", type=int, default=5, help="epochs (default 5)")
    main(parser.parse_args())

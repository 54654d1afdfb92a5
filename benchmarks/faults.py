"""The fault campaign: what kills, power cuts, full disks, damaged files and hostile requests do to runs and models.

    python benchmarks/faults.py --minutes 3 > benchmarks/results/faults.csv
    python benchmarks/faults.py --only files requests --seed 1

    kills      runs killed (kill -9) at random moments, some while the finished model is written, and resumed
    power      an ext4 image copied while a run writes to it, and the run resumed in each copy
    disk       runs whose disk is full, resumed once it has room
    files      random damage to files of every format that is read (`fault_files.py`)
    requests   minutes of valid, bad and hostile rows to a served model (`fault_requests.py`)

A trial is right where it ends as without the fault: a run with every number of model and optimizers bit for bit, a
file with its values, a row with the answer that it has alone. It is refused where there is one clear error that names
the file, or a row is answered as not valid. Wrong values are wrong, and all else is other.

Power cuts and full disks need root, to mount file systems. Without it power cuts are left out, and files of a limited
size (RLIMIT_FSIZE) take the place of full disks.
"""

import argparse
import concurrent.futures
import contextlib
import dataclasses
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import fault_files
import fault_requests
import h5py
import keras
import processes

import infogan_keras as ig
from infogan_keras.cli.errors import one_line_errors

PARTS = ("kills", "power", "disk", "files", "requests")
# TensorFlow is imported here once, and computes in forks of this process only.
FORK = multiprocessing.get_context("fork")
STEPS, EPOCHS = 3, 8
OUTCOMES = ("right", "refused", "wrong", "other")


def main(flags):
    """Runs the parts, and prints their rows: as CSV, and beside it as a table; whether any is wrong or other."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="infogan-faults-") as name:
        folder = Path(name)
        parts = {
            "kills": lambda: kills(folder, flags.seed, 2 if flags.smoke else 20),
            "power": lambda: power_cuts(folder, flags.seed, 1 if flags.smoke else 10),
            "disk": lambda: full_disks(folder, flags.seed, 1 if flags.smoke else 6),
            "files": lambda: side_by_side(
                fault_files.damage, fault_files.trials(folder, flags.seed, 3 if flags.smoke else 200), "files"
            ),
            "requests": lambda: side_by_side(
                fault_requests.ask, [(flags.seed, 0.02 if flags.smoke else flags.minutes)], "requests"
            ),
        }
        for part in flags.only or PARTS:
            start = time.monotonic()
            for case, outcomes, note in parts[part]():
                counts = {kind: outcomes.count(kind) for kind in OUTCOMES}
                rows.append({"part": part, "case": case, "trials": len(outcomes), **counts, "note": note})
            processes.say(f"{part}: {time.monotonic() - start:.0f} s")
    processes.write(rows)
    widths = {key: max(len(key), *(len(str(row[key])) for row in rows)) for key in rows[0]}
    for row in (dict(zip(widths, widths, strict=True)), *rows):
        processes.say("  ".join(str(row[key]).ljust(width) for key, width in widths.items()).rstrip())
    return any(row["wrong"] or row["other"] for row in rows)


def side_by_side(function, trials, name):
    """The function's results of trials, in order, each in a process of its own, one per core at a time."""
    cores = len(os.sched_getaffinity(0))
    with concurrent.futures.ProcessPoolExecutor(cores, FORK) as pool:
        for done, result in enumerate(pool.map(function, trials), 1):
            if sys.stderr.isatty():
                print(f"\r{name}: {done} of {len(trials)}", end="\n" * (done == len(trials)), file=sys.stderr)
            yield result


# ---- runs


@dataclasses.dataclass(frozen=True)
class Training:
    """A tiny run in a folder, in processes whose output goes to a file."""

    directory: Path
    log: Path
    seed: int

    def start(self, largest_file=None):
        """A process that begins the run, or goes on with it; exit code 2 after one clear error."""
        process = FORK.Process(target=self._train, args=(largest_file,))
        process.start()
        return process

    def _train(self, largest_file):
        with self.log.open("a") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
        keras.utils.set_random_seed(self.seed)
        experiment = dataclasses.replace(ig.experiments.MNIST.tiny(), updates=STEPS * EPOCHS)
        with one_line_errors("faults"):
            if self.has_checkpoint():
                run = ig.runs.resume(self.directory)
            else:
                model = experiment.build_model(self.seed)
                run = ig.runs.start(self.directory, model, epochs=EPOCHS, steps_per_epoch=STEPS)
            if not run.finished:
                run.fit(experiment.training_set.load(experiment.batch_size, self.seed, run.model.updates), verbose=0)

    def has_checkpoint(self):
        """Whether there is something to resume."""
        return any(self.directory.glob("checkpoints/epoch-*.keras"))

    def wait(self, process, happened):
        """Returns once something has happened, or the process has ended."""
        while process.is_alive() and not happened():
            time.sleep(0.0005)

    def resume(self, reference, note=""):
        """(outcome, note) of going on, or beginning again where there is nothing to resume, up to the end."""
        training = self
        if not self.has_checkpoint():
            note = "before the first checkpoint"
            training = dataclasses.replace(self, directory=self.directory.with_name("again"))
        process = training.start()
        process.join()
        if process.exitcode:
            return "other", self.last_line()
        return ("right" if weights_in(training.directory / "model.keras") == reference else "wrong"), note

    def last_line(self):
        """What the process said last."""
        return (self.log.read_text().splitlines() or ["no output"])[-1]


def weights_in(file):
    """`{path: bytes}` of every number in a `.keras` file: weights, optimizers, counts."""
    found = {}

    def keep(path, item):
        if isinstance(item, h5py.Dataset):
            found[path] = item[()].tobytes()

    with zipfile.ZipFile(file) as archive, archive.open("model.weights.h5") as content, h5py.File(content) as weights:
        weights.visititems(keep)
    return found


def whole_run(folder, seed):
    """The weights of a run that nothing stops, its seconds from the first checkpoint on, and the bytes of its files."""
    training = Training(folder / "whole", folder / "whole.log", seed)
    process = training.start()
    training.wait(process, training.has_checkpoint)
    start = time.monotonic()
    process.join()
    seconds = time.monotonic() - start
    if process.exitcode:
        raise RuntimeError(f"A run without a fault failed: {training.last_line()}")
    sizes = [file.stat().st_size for file in training.directory.rglob("*") if file.is_file()]
    reference = weights_in(training.directory / "model.keras")
    shutil.rmtree(training.directory)
    return reference, seconds, sizes


def kills(folder, seed, count):
    """Yields rows on runs that are killed and resumed: at random moments, and as they end."""
    reference, seconds, _ = whole_run(folder, seed)
    rng = random.Random(seed)
    ends = min(3, count // 2)
    moments = [(index + rng.random()) / (count - ends) * seconds for index in range(count - ends)] + [None] * ends
    trials = []
    for index, moment in enumerate(moments):
        place = folder / f"killed-{index}"
        place.mkdir()
        trials.append((Training(place / "run", place / "log", seed), moment, reference))
    results = list(side_by_side(kill_and_resume, trials, "kills"))
    yield "kill -9 at random moments", *_noted(results[: count - ends])
    yield "kill -9 while model.keras is written", *_noted(results[count - ends :])


def kill_and_resume(trial):
    """(outcome, note) of a run that is killed `moment` seconds after its first checkpoint; None: writing its model."""
    training, moment, reference = trial
    process = training.start()
    if moment is None:
        training.wait(process, lambda: any(training.directory.glob(".*-model.keras")))
    else:
        training.wait(process, training.has_checkpoint)
        process.join(moment)
    note = "" if process.is_alive() else "had ended"
    process.kill()
    process.join()
    outcome = training.resume(reference, note)
    shutil.rmtree(training.directory.parent)
    return outcome


def power_cuts(folder, seed, count):
    """Yields a row on copies of a disk's image, made while a run writes to it."""
    case = "ext4 image, copied while a run writes"
    if reason := cannot_mount(folder, ext4=True):
        yield case, [], f"skipped: {reason}"
        return
    reference, seconds, _ = whole_run(folder, seed)
    image, copies = folder / "disk.img", [folder / f"cut-{index}.img" for index in range(count)]
    make_ext4(image)
    rng = random.Random(seed)
    with mounted(folder / "disk", "-o", "loop", image):
        training = Training(folder / "disk" / "run", folder / "disk.log", seed)
        process = training.start()
        training.wait(process, training.has_checkpoint)
        start = time.monotonic()
        for index, copy in enumerate(copies):
            process.join(max(0, start + (index + rng.random()) / count * seconds - time.monotonic()))
            shutil.copyfile(image, copy)
        process.join()
    results = list(side_by_side(resume_copy, [(copy, seed, reference) for copy in copies], "power cuts"))
    yield case, *_noted(results)


def resume_copy(trial):
    """(outcome, note) of the run in a copied image."""
    image, seed, reference = trial
    with mounted(image.with_suffix(""), "-o", "loop", image) as disk:
        outcome = Training(disk / "run", image.with_suffix(".log"), seed).resume(reference)
    image.unlink()
    return outcome


def full_disks(folder, seed, count):
    """Yields a row on runs whose disk fills up."""
    reason = cannot_mount(folder)
    reference, _, sizes = whole_run(folder, seed)
    most = max(sizes) if reason else sum(sizes)
    rng = random.Random(seed)
    trials = []
    for index in range(count):
        place = folder / f"full-{index}"
        training = Training(place / "run", folder / f"full-{index}.log", seed)
        trials.append((training, int((index + rng.random()) / count * most), bool(reason), reference))
    case = f"files of a limited size, as {reason}" if reason else "full tmpfs, then one with room"
    yield case, *_noted(list(side_by_side(fill_and_resume, trials, "full disks")))


def fill_and_resume(trial):
    """(outcome, note) of a run on a disk of so many bytes, and resumed when it has room."""
    training, size, limited, reference = trial
    place = training.directory.parent
    if limited:
        place.mkdir()
        disk = contextlib.nullcontext()
    else:
        disk = mounted(place, "-t", "tmpfs", "-o", f"size={size // 1024 + 1}k", "tmpfs")
    with disk:
        process = training.start(size if limited else None)
        process.join()
        if process.exitcode not in (0, 2):
            return "other", training.last_line()
        if not limited:
            subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
        return training.resume(reference, "had room" if process.exitcode == 0 else "")


def _noted(results):
    """Outcomes, and their notes with how often each was."""
    notes = [note for _, note in results if note]
    return [outcome for outcome, _ in results], "; ".join(
        f"{notes.count(note)} {note}" for note in dict.fromkeys(notes)
    )


# ---- mounts


def make_ext4(image):
    """Makes an empty file system in a file."""
    image.touch()
    os.truncate(image, 48 * 2**20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)


@contextlib.contextmanager
def mounted(folder, *options):
    """Yields the folder, on which a file system is mounted."""
    folder.mkdir()
    subprocess.run(["mount", *options, folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def cannot_mount(folder, ext4=False):
    """Why nothing can be mounted here, or None."""
    if os.geteuid() != 0:
        return "mounts need root"
    try:
        if ext4:
            make_ext4(folder / "trial.img")
        with mounted(folder / "trial", *(["-o", "loop", folder / "trial.img"] if ext4 else ["-t", "tmpfs", "tmpfs"])):
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"this machine cannot mount ({error})"
    finally:
        with contextlib.suppress(OSError):
            (folder / "trial").rmdir()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    parser.add_argument("--minutes", type=float, default=10, help="of requests, default 10")
    parser.add_argument("--smoke", action="store_true", help="a few trials of each, to see that everything works")
    sys.exit(main(parser.parse_args()))

import os
from pathlib import Path

import pytest

from infogan_keras import _files
from infogan_keras._files import atomic_file, atomic_folder


def test_a_killed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("old")
    with pytest.raises(KeyError), atomic_file(path) as temporary:
        temporary.write_text("new")
        raise KeyError
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    """As on two hosts that share a folder; their processes may have one number."""
    path = tmp_path / "file.txt"
    with atomic_file(path) as later, atomic_file(path) as first:
        later.write_text("later")
        first.write_text("first")
    assert path.read_text() == "later"


@pytest.fixture
def deeds(monkeypatch):
    """The syncs and renames that are made, in order: names of files."""
    made = []
    sync, rename, replace = _files._sync, Path.rename, Path.replace
    monkeypatch.setattr(_files, "_sync", lambda path: (made.append(f"sync {Path(path).name[-5:]}"), sync(path)))
    monkeypatch.setattr(Path, "rename", lambda path, to: (made.append(f"rename {to.name}"), rename(path, to)))
    monkeypatch.setattr(Path, "replace", lambda path, to: (made.append(f"rename {to.name}"), replace(path, to)))
    return made


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, deeds):
    with atomic_file(tmp_path / "in" / "a.txt") as path:
        path.write_text("whole")
    assert deeds == ["sync a.txt", "rename a.txt", "sync in"]


def test_a_folder_s_files_are_on_the_disk_before_it_has_its_name(tmp_path, deeds):
    with atomic_folder(tmp_path / "in" / "1") as path:
        (path / "inner").mkdir(parents=True)
        (path / "inner" / "a.txt").write_text("whole")
        (path / "b.txt").write_text("whole")
    assert set(deeds[:3]) == {"sync inner", "sync a.txt", "sync b.txt"}
    assert deeds[4:] == ["rename 1", "sync in"]


def test_what_cannot_be_synced_gets_no_name(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    (tmp_path / "a.txt").write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), atomic_file(tmp_path / "a.txt") as path:
        path.write_text("new")
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("a.txt", "old")]


def test_unfinished_files_are_removed_and_no_others(tmp_path):
    (tmp_path / "in").mkdir()
    for name in (".0a1b2c3d-epoch-001.keras", "in/.0a1b2c3d-a.png", ".mine-epoch-001.keras", ".hidden", "a.txt"):
        (tmp_path / name).write_text("")
    _files.remove_unfinished(tmp_path)
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == [".hidden", ".mine-epoch-001.keras", "a.txt", "in"]

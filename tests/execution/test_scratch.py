from __future__ import annotations

import os
from pathlib import Path

import pytest

from autostable.execution import scratch


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "package").mkdir(parents=True)
    (root / "train.py").write_text("print(1)")
    (root / "package" / "model.py").write_text("")
    (root / "data.csv").write_text("1,2")
    return root


def test_what_the_run_has_made_is_left_out(root: Path, tmp_path: Path) -> None:
    """A backup of a run that failed would be gone on from."""
    folder = scratch.before(root)
    (root / "backup").mkdir()
    (root / "backup" / "latest.h5").write_text("weights")
    folder.copied(tmp_path / "copy")
    assert names(tmp_path / "copy") == {"train.py", "package/model.py", "data.csv"}
    (tmp_path / "copy" / "data.csv").write_text("other")
    assert (root / "data.csv").read_text() == "1,2"


def test_environments_caches_and_our_own_runs_are_left_out(root: Path, tmp_path: Path) -> None:
    for name in (
        "venv/pyvenv.cfg",
        "venv/lib.py",
        ".git/HEAD",
        "package/__pycache__/model.pyc",
        ".autostable/runs/1.json",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    assert set(scratch.before(root, root / ".autostable").files) == {"train.py", "package/model.py", "data.csv"}


def test_large_data_that_the_run_left_alone_are_linked_and_what_it_changed_is_copied(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "SMALL", 4)
    for name in ("large.npy", "model.keras"):
        (root / name).write_text("large")
    folder = scratch.before(root)
    (root / "model.keras").write_text("as the run left it")
    folder.copied(tmp_path / "copy")
    assert (tmp_path / "copy" / "large.npy").is_symlink()
    assert not (tmp_path / "copy" / "model.keras").is_symlink() and not (tmp_path / "copy" / "train.py").is_symlink()


def test_a_folder_of_many_files_is_linked(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "CROWD", 3)
    (root / "images").mkdir()
    for number in range(4):
        (root / "images" / f"{number}.png").write_text("")
    scratch.before(root).copied(tmp_path / "copy")
    assert (tmp_path / "copy" / "images").is_symlink() and (tmp_path / "copy" / "images" / "3.png").exists()


def test_links_are_followed_once(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "rows.csv").write_text("1")
    os.symlink(tmp_path / "elsewhere", root / "outputs")
    os.symlink(root, root / "itself")
    scratch.before(root).copied(tmp_path / "copy")
    assert "outputs/rows.csv" in names(tmp_path / "copy") and not (tmp_path / "copy" / "outputs").is_symlink()
    assert not (tmp_path / "copy" / "itself").exists()


def test_too_many_files_are_said_to_be_too_many(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "MOST_FILES", 2)
    with pytest.raises(scratch.TooLargeError, match="more than 2 files"):
        scratch.before(root)

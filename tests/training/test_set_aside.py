"""Files of callbacks, and what becomes of them when another run takes the place of theirs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autostable.training import set_aside
from autostable.training.set_aside import WrittenFiles


def callback(**paths: Any) -> SimpleNamespace:
    return SimpleNamespace(**paths)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_a_run_wrote_is_moved_and_what_was_there_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss\n")
    (tmp_path / "notes.txt").write_text("the user's")
    files = WrittenFiles(
        [callback(filename=tmp_path / "log.csv"), callback(log_dir=str(tmp_path / "logs"))], tmp_path / "run"
    )
    (tmp_path / "log.csv").write_text("epoch,loss\n0,nan\n")
    (tmp_path / "logs" / "train").mkdir(parents=True)
    (tmp_path / "logs" / "train" / "curve").write_text("nan")
    (tmp_path / "notes.txt").write_text("changed by the user")
    assert files.folder is None
    files.set_aside()
    assert (tmp_path / "log.csv").read_text() == "epoch,loss\n"
    assert not (tmp_path / "logs").exists()
    assert (tmp_path / "notes.txt").read_text() == "changed by the user"
    assert files.folder == tmp_path / "run"
    assert {Path(name).name for name in names(tmp_path / "run")} == {"log.csv", "curve"}


def test_a_run_that_is_gone_back_to_has_its_files_again(tmp_path: Path) -> None:
    files = WrittenFiles([callback(filepath=str(tmp_path / "m-{epoch:02d}.keras"))], tmp_path / "run")
    baseline = tmp_path / "m-01.keras"
    baseline.write_text("baseline")
    stream = baseline.open("a")
    standing = files.generation
    files.set_aside()
    (tmp_path / "m-02.keras").write_text("of a plan that was no better")
    files.back_to(standing)
    with stream:
        stream.write(", and on")
    assert names(tmp_path) == {"m-01.keras", "run/run-1/0/m-02.keras"}
    assert baseline.read_text() == "baseline, and on"
    files.back_to(standing)
    assert baseline.exists()


def test_curves_of_other_processes_stay(tmp_path: Path) -> None:
    files = WrittenFiles([callback(log_dir=tmp_path / "logs")], tmp_path / "run")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "events.out.tfevents.1.host.1.0.v2").write_text("another process")
    files.set_aside()
    assert names(tmp_path / "logs") == {"events.out.tfevents.1.host.1.0.v2"}


def test_what_is_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_aside, "MOST_KEPT", 4)
    (tmp_path / "model.keras").write_text("large")
    files = WrittenFiles([callback(filepath=tmp_path / "model.keras")], tmp_path / "run")
    (tmp_path / "model.keras").write_text("of the baseline")
    files.set_aside()
    assert not (tmp_path / "model.keras").exists()


@pytest.mark.parametrize("value", [3, None, "", "gs://bucket/logs", lambda: None])
def test_what_is_no_path_is_left_alone(value: Any, tmp_path: Path) -> None:
    files = WrittenFiles([callback(log_dir=value, filepath=value), object()], tmp_path / "run")
    files.set_aside()
    assert files.folder is None


def test_what_cannot_be_moved_costs_no_run(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the folder is to be")
    files = WrittenFiles([callback(filename=tmp_path / "log.csv")], tmp_path / "run")
    (tmp_path / "log.csv").write_text("0,nan")
    files.set_aside()
    assert (tmp_path / "log.csv").read_text() == "0,nan"

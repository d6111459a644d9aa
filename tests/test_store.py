from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from autostable import store
from autostable.errors import StoreError
from autostable.records import Remedy
from autostable.report import json as json_report
from autostable.store import RunStore, read_stable, stable_plans, write_stable
from tests import samples


def keep(runs: RunStore, name: str = "train") -> store.RunFolder:
    folder = runs.create(name)
    folder.write(store.REPORT, json_report.render(samples.repaired))
    return folder


def test_a_run_folder_ignores_itself_and_is_found_again(tmp_path: Path) -> None:
    runs = RunStore(tmp_path / "deep" / ".autostable")
    folder = keep(runs, "my model/../train")
    assert (runs.root / ".gitignore").read_text() == "*\n"
    assert folder.path.parent == runs.folder
    assert runs.find(folder.name) == folder
    assert runs.find(folder.name[-6:]) == folder
    assert runs.find(str(folder.path)).path == folder.path
    assert runs.find(str(folder.path / store.REPORT)).path == folder.path
    assert sorted(path.name for path in folder.path.iterdir()) == [store.REPORT]


def test_the_report_comes_back_with_its_nonfinite_numbers(tmp_path: Path) -> None:
    report = keep(RunStore(tmp_path)).read_report()
    assert report.causes == samples.repaired.causes
    assert report.attempts[0].loss_last == float("inf")
    assert str(report.attempts[1].loss_last) == "nan"
    assert report.symptom is not None and report.symptom.evidence["gradient_norm"] == "nan"
    assert json_report.render(report) == json_report.render(samples.repaired)


def test_latest_is_the_last_one_with_a_report(tmp_path: Path) -> None:
    runs = RunStore(tmp_path)
    with pytest.raises(StoreError, match="there are no runs"):
        runs.find()
    unfinished = runs.create("a")
    with pytest.raises(StoreError, match="has a report yet"):
        runs.find()
    first = keep(runs)
    (runs.folder / first.name).rename(runs.folder / f"2000{first.name[4:]}")
    second = keep(runs)
    runs.create("z")
    assert runs.find() == runs.find("latest") == second
    with pytest.raises(StoreError, match="still running, or was killed"):
        unfinished.read_report()


def test_unknown_and_ambiguous_runs(tmp_path: Path) -> None:
    runs = RunStore(tmp_path)
    folders = [keep(runs), keep(runs)]
    with pytest.raises(StoreError, match="2 runs are called like 'train'"):
        runs.find("train")
    with pytest.raises(StoreError, match="there is no run 'other'"):
        runs.find("other")
    assert runs.runs() == sorted(folders, key=lambda folder: folder.name)


def test_an_unwritable_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot write to the run folder .*Not a directory"):
        RunStore(tmp_path / "file").create("train")
    with pytest.raises(StoreError, match="cannot write"):
        store.write_file(tmp_path / "file" / "x", "text")


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store.write_file(tmp_path / "x", "old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "replace", fail)
    with pytest.raises(StoreError, match="No space left"):
        store.write_file(path, "new")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("x", "old")]


def test_a_damaged_report_is_a_sentence(tmp_path: Path) -> None:
    folder = keep(RunStore(tmp_path))
    folder.write(store.REPORT, '{"verdict": "odd"}')
    with pytest.raises(StoreError, match="not a report this version understands"):
        folder.read_report()


def test_stable_json_round_trip(tmp_path: Path) -> None:
    stable = stable_plans(samples.repaired)
    assert stable.fingerprint == {"sha256": "9f1c", "path": "train.py"}
    assert stable.versions["keras"] == "3.15.1" and "autostable" in stable.versions
    path = write_stable(tmp_path / "stable.json", stable)
    assert json.loads(path.read_text())["schema"] == "autostable/stable-1"
    assert read_stable(path) == stable


def test_stable_json_of_a_report_that_has_only_the_plan() -> None:
    report = dataclasses.replace(samples.repaired, plans={}, plan=(Remedy("a"),))
    assert stable_plans(report).plans == {"0": (Remedy("a"),)}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (None, "there is no file"),
        ('{"schema": ', "damaged: Expecting value at line 1, column 12"),
        ("\xff", "not text"),
        ("[]", "it holds a list"),
        ("{}", "it has no schema"),
        ('{"schema": "autostable/report-1"}', "its schema is 'autostable/report-1'"),
        ('{"schema": "autostable/stable-1"}', "it has no 'plans'"),
        ('{"schema": "autostable/stable-1", "plans": []}', "'plans' is a list"),
        ('{"schema": "autostable/stable-1", "plans": {"x": []}}', "the key 'x'"),
        ('{"schema": "autostable/stable-1", "plans": {"0": {}}}', r"plans\.0 is an object"),
        ('{"schema": "autostable/stable-1", "plans": {"0": [1]}}', r"plans\.0\[0\] has no name"),
        (
            '{"schema": "autostable/stable-1", "plans": {"0": [{"name": "a", "parameters": 1}]}}',
            r"plans\.0\[0\]\.parameters is a number",
        ),
    ],
)
def test_damaged_stable_json(tmp_path: Path, text: str | None, part: str) -> None:
    path = tmp_path / "stable.json"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(StoreError, match=part) as caught:
        read_stable(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert text is None or "autostable run" in str(caught.value)

"""Files that anybody may have spoilt: each is read, or told of in one sentence; never our traceback, nothing is executed."""

from __future__ import annotations

import contextlib
import json
import os
import random
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from autostable import journal
from autostable.cli import app
from autostable.cli.apply import _known
from autostable.errors import StoreError
from autostable.execution.capsules import read_arguments, read_capsule
from autostable.execution.runlog import NAME, OF, Asked, RunLog, progress
from autostable.orders import Orders
from autostable.report import json as json_report
from autostable.setup import Affine, InputKnobs, Setup
from autostable.store import REPORT, STABLE, read_json, stable_json, stable_plans
from autostable.training import install, weights_files
from tests import samples
from tests.faults import damage

QUICK, WHOLE = 3, 75  # files of each kind
CAPSULE = {
    "schema": "autostable/capsule-1", "finding": {"op": "Log"},
    "operation": {"kind": "Log", "index": 7, "attrs": {"T": 1}, "dtypes": ["float32"], "whole": True},
    "operations": [
        {"index": 6, "kind": "Mul", "gradient_of": None, "file": None, "line": None, "layer": "dense", "shape": [3],
         "nan": 0, "inf": 0, "low": 0.0, "high": 2.0},
        {"index": 7, "kind": "Log", "gradient_of": None, "file": "train.py", "line": 9, "layer": None},
    ],
}  # fmt: skip


def one_sentence(text: str) -> None:
    """What is told of a file is a line, and no control letter gets through."""
    assert text.count("\n") == 0 and len(text) < 1000 and text.isprintable(), text[:500]


def stable(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    file = folder / STABLE
    file.write_bytes(spoil(stable_json(stable_plans(samples.repaired)).encode()))
    try:
        _known(file)
    except StoreError as error:
        one_sentence(str(error))


def report(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    (folder / "runs" / "one").mkdir(parents=True)
    (folder / "runs" / "one" / REPORT).write_bytes(spoil(json_report.render(samples.repaired).encode()))
    for form in ("full", "concise", "json", "github"):
        done = CliRunner().invoke(app, ["show", "--run-dir", str(folder), "--output-format", form, "one"])
        assert done.exception is None or isinstance(done.exception, SystemExit), (form, done.exception)
        assert done.exit_code in (0, 2)
        assert "\x1b[2J" not in done.output
        if done.exit_code:
            one_sentence(done.stderr.removesuffix("\n"))


def capsule(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    (folder / "capsule.json").write_bytes(spoil(json.dumps(CAPSULE).encode()))
    try:
        read_capsule(folder)
    except StoreError as error:
        one_sentence(str(error))


def run_journal(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    log = RunLog(folder, {"versions": {}, "target": {}})
    log.begin(Asked(Orders())).hear("story", {"number": 0})
    log.leave()
    whole = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(spoil(whole))
    before = (folder / NAME).read_bytes()
    with contextlib.suppress(StoreError):
        found = journal.read(folder / NAME, OF)
        assert found == [json.loads(line[9:]) for line in whole.splitlines()[1 : len(found) + 1]]
    progress(folder)
    try:
        RunLog(folder, {"versions": {}}).leave()
    except StoreError as error:
        one_sentence(str(error))
        assert (folder / NAME).read_bytes() == before, "what is none of ours is left alone"


def weights(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    """The weights themselves are sound, and are loaded whatever lies beside them."""
    weights_files.follow()
    try:
        setup = Setup(inputs=(InputKnobs(rescale=Affine((3.0,), (2.0,))),), activations={"hidden": "tanh"})
        path, (saved, loaded) = folder / "checkpoint.weights.h5", (_small_model(), _small_model())
        install.Installation(saved, None).put(setup)
        saved.save_weights(path)
        beside = weights_files.sidecar(path)
        beside.write_bytes(spoil(beside.read_bytes()))
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            loaded.load_weights(path)
        for each in told:
            if each.filename == __file__:
                one_sentence(str(each.message))
        for ours, theirs in zip(loaded.get_weights(), saved.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    finally:
        weights_files.leave()


def _small_model() -> keras.Model:
    return keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(4, activation="relu", name="hidden"), keras.layers.Dense(1)]
    )


KINDS = {"stable": (stable, damage.JSON), "report": (report, damage.JSON), "capsule": (capsule, damage.JSON),
         "weights": (weights, damage.JSON), "journal": (run_journal, damage.BYTES)}  # fmt: skip


def spoilt(kind: str, seed: int, folder: Path) -> None:
    rng = random.Random(f"{kind} {seed}")
    read, ways = KINDS[kind]
    way = ways[seed % len(ways)]
    read(folder, lambda data: way(rng, data))


@pytest.mark.parametrize("seed", range(QUICK))
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_one_sentence(kind: str, seed: int, tmp_path: Path) -> None:
    spoilt(kind, seed, tmp_path)


@pytest.mark.whole
@pytest.mark.parametrize("seed", range(QUICK, WHOLE))
@pytest.mark.parametrize("kind", KINDS)
def test_any_damaged_file_is_one_sentence(kind: str, seed: int, tmp_path: Path) -> None:
    spoilt(kind, seed, tmp_path)


def _records_with_right_checksums(records: list[Any]) -> bytes:
    """A journal that a stranger has written: its checksums are right, what it says is not."""
    checksum, data = 0, b""
    for record in [{"schema": journal.SCHEMA, "of": OF}, *records]:
        body = b" " + json.dumps(record).encode() + b"\n"
        checksum = zlib.crc32(body, checksum)
        data += b"%08x" % checksum + body
    return data


@pytest.mark.parametrize(
    "records",
    [
        [1, "x", None, [], {}],
        [{"begun": 3}, {"asked": 5}, {"tried": 6}, {"outcome": 7}, {"story": 8}, {"closed": 9}],
        [{"asked": {}}, {"tried": {"training": "x", "place": [], "tried": {}}}],
        [{"a": 1, "b": 2}],
    ],
)
def test_a_strangers_journal_is_passed_over(tmp_path: Path, records: list[Any]) -> None:
    (tmp_path / NAME).write_bytes(_records_with_right_checksums(records))
    progress(tmp_path)
    log = RunLog(tmp_path, {"versions": {}})
    assert log.recalled(Asked(Orders())) is None and log.known(Asked(Orders())) == {}
    log.leave()


def saved(folder: Path, **arrays: Any) -> Path:
    np.savez_compressed(folder / "arguments.npz", **arrays)
    return folder


def test_arguments_of_a_capsule_hold_no_objects_and_no_more_than_they_say(tmp_path: Path) -> None:
    assert read_arguments(tmp_path) is None
    good = np.arange(3.0, dtype="float32")
    found = read_arguments(saved(tmp_path, argument_0=good))
    assert found is not None and (found[0] == good).all()
    with pytest.raises(StoreError, match="is damaged"):
        read_arguments(saved(tmp_path, argument_0=np.array([{"code": "run"}], dtype=object)))
    with pytest.raises(StoreError, match="is damaged"):
        read_arguments(saved(tmp_path, other=good))
    with pytest.raises(StoreError, match="holds more than an operation takes"):
        read_arguments(saved(tmp_path, argument_0=np.zeros(9 << 20, dtype="uint8")))


def test_a_capsule_holds_arguments_up_to_their_bounds_and_not_beyond(tmp_path: Path) -> None:
    """64 of them, of 4 MiB and a header each."""
    one = np.zeros(1, dtype="uint8")
    found = read_arguments(saved(tmp_path, **{f"argument_{index}": one for index in range(64)}))
    assert found is not None and len(found) == 64
    with pytest.raises(StoreError, match="holds more than an operation takes"):
        read_arguments(saved(tmp_path, **{f"argument_{index}": one for index in range(65)}))
    assert read_arguments(saved(tmp_path, argument_0=np.zeros(4 << 20, dtype="uint8"))) is not None
    with pytest.raises(StoreError, match="holds more than an operation takes"):
        read_arguments(saved(tmp_path, argument_0=np.zeros((4 << 20) + 4096, dtype="uint8")))


def test_a_file_of_json_is_read_up_to_256_mib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.json"
    monkeypatch.setattr(Path, "read_text", lambda path, **options: "{}")  # the file has a size, and no content
    file.touch()
    os.truncate(file, 256 << 20)
    assert read_json(file, "remove it") == {}
    os.truncate(file, (256 << 20) + 1)
    with pytest.raises(StoreError, match="it is larger than 256 MiB; remove it"):
        read_json(file, "remove it")


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.whole) for seed in range(4, 24))])
def test_damaged_arguments_are_one_sentence(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    file = saved(tmp_path, argument_0=np.arange(30.0), argument_1=np.arange(4)) / "arguments.npz"
    file.write_bytes(damage.BYTES[seed % 4](rng, file.read_bytes()))
    try:
        read_arguments(tmp_path)
    except StoreError as error:
        one_sentence(str(error))

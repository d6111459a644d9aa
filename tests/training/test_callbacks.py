"""Callbacks that keep state, on disk or in themselves: a repaired fit ends as a fresh training with the plan would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import callbacks as kept
from keras import layers, ops

from autostable.records import Verdict

MADE = {
    "BackupAndRestore": lambda at: [kept.BackupAndRestore(at / "backup", delete_checkpoint=False)],
    "BackupAndRestore by step": lambda at: [kept.BackupAndRestore(at / "backup", save_freq=4, delete_checkpoint=False)],
    "ModelCheckpoint": lambda at: [kept.ModelCheckpoint(at / "model.keras")],
    "ModelCheckpoint of the best": lambda at: [kept.ModelCheckpoint(at / "best.keras", "loss", save_best_only=True)],
    "ModelCheckpoint of each epoch": lambda at: [kept.ModelCheckpoint(at / "m-{epoch:02d}.weights.h5", save_weights_only=True)],
    "ModelCheckpoint by step": lambda at: [kept.ModelCheckpoint(at / "s-{batch}.keras", save_freq=5)],
    "EarlyStopping": lambda at: [kept.EarlyStopping("loss", patience=1, min_delta=1e-3, restore_best_weights=True)],
    "ReduceLROnPlateau": lambda at: [kept.ReduceLROnPlateau("loss", patience=1, min_delta=0.05)],
    "TerminateOnNaN": lambda at: [kept.TerminateOnNaN()],
    "SwapEMAWeights": lambda at: [kept.SwapEMAWeights(swap_on_epoch=True)],
    "CSVLogger": lambda at: [kept.CSVLogger(at / "log.csv")],
    "CSVLogger that appends": lambda at: [kept.CSVLogger(at / "log.csv", append=True)],
    "TensorBoard": lambda at: [kept.TensorBoard(at / "logs")],
    "OrbaxCheckpoint": lambda at: [kept.OrbaxCheckpoint(directory=str(at / "orbax"), max_to_keep=9)],
    "all of them": lambda at: [
        kept.BackupAndRestore(at / "backup", delete_checkpoint=False), kept.ModelCheckpoint(at / "model.keras"),
        kept.ReduceLROnPlateau("loss", patience=1, min_delta=0.05), kept.CSVLogger(at / "log.csv", append=True),
        kept.TensorBoard(at / "logs"), kept.TerminateOnNaN(), kept.EarlyStopping("loss", patience=3),
    ],
}  # fmt: skip


def rows() -> tuple[Any, Any]:
    x = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
    return x, x.sum(axis=1, keepdims=True).astype("float32")


def made(name: str) -> Any:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    average = {"use_ema": True, "ema_momentum": 0.9} if "EMA" in name else {}
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([12], [0.01, 100.0]) if name == "too fast later" else 100.0
    model.compile(keras.optimizers.SGD(rate, **average), "mse")
    return model


def program(at: Path, name: str) -> tuple[list[Any], dict[str, Any], list[str]]:
    keras.backend.clear_session()
    keras.utils.set_random_seed(5)
    model = made(name)
    at.mkdir()
    history = model.fit(*rows(), epochs=5, batch_size=16, verbose=0, callbacks=MADE[name](at))
    values = [np.array(ops.convert_to_numpy(each)) for each in [*model.variables, *model.optimizer.variables]]
    return values, history.history, sorted(_name(path, at) for path in at.rglob("*") if path.is_file())


def _name(path: Path, at: Path) -> str:
    """Its place; an event file's name is the time."""
    name = path.name.partition(".")[0] if "tfevents" in path.name else path.name
    return (path.relative_to(at).parent / name).as_posix()


@pytest.mark.parametrize(
    "name", [name if name == "all of them" else pytest.param(name, marks=pytest.mark.whole) for name in MADE]
)
def test_a_repaired_fit_ends_as_a_fresh_one_with_the_plan(name: str, watch: Any, tmp_path: Path) -> None:
    if name == "OrbaxCheckpoint":
        pytest.importorskip("orbax.checkpoint")
    with watch(repair=True, capsule=str(tmp_path / "run" / "capsule")) as session:
        live, history, files = program(tmp_path / "live", name)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED, story
    assert story.attempts[0].steps > 6, "the baseline came through an epoch, and left something behind"
    with watch(plans={"0": story.plan}):
        fresh, again, wanted = program(tmp_path / "fresh", name)
    assert history == again
    for one, other in zip(live, fresh, strict=True):
        np.testing.assert_array_equal(one, other)
    if name == "OrbaxCheckpoint":  # the names of its files are drawn
        files, wanted = [sorted({each.split("/")[1] for each in names}) for names in (files, wanted)]
    assert files == wanted
    assert _log(tmp_path / "live") == _log(tmp_path / "fresh")
    if name == "all of them":
        aside = tmp_path / "run" / "set-aside" / "training-0" / "run-0"
        assert {"log.csv", "latest.weights.h5", "model.keras"} <= {path.name for path in aside.rglob("*")}
        assert any(str(aside.parent) in note for note in story.notes)


def _log(at: Path) -> str:
    return (at / "log.csv").read_text() if (at / "log.csv").exists() else ""


@pytest.mark.whole
def test_what_was_begun_before_is_gone_on_from(watch: Any, tmp_path: Path) -> None:
    """A backup and a log of an earlier process: the failed run wrote over them, the repaired one begins with them."""

    def again(at: Path) -> Any:
        (at / "backup").mkdir(parents=True)
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        model = made("too fast later")
        model.fit(*rows(), epochs=2, batch_size=16, verbose=0, callbacks=began(at))
        return model

    def began(at: Path) -> list[Any]:
        return [
            kept.BackupAndRestore(at / "backup", delete_checkpoint=False),
            kept.CSVLogger(at / "log.csv", append=True),
        ]

    def program(at: Path) -> tuple[Any, Any]:
        keras.backend.clear_session()
        keras.utils.set_random_seed(5)
        model = made("too fast later")
        history = model.fit(*rows(), epochs=6, batch_size=16, verbose=0, callbacks=began(at))
        return [np.array(ops.convert_to_numpy(each)) for each in model.variables], history.history

    again(tmp_path / "live")
    again(tmp_path / "fresh")
    with watch(repair=True, capsule=str(tmp_path / "run" / "capsule")) as session:
        live, history = program(tmp_path / "live")
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED and len(history["loss"]) == 4
    with watch(plans={"0": story.plan}):
        fresh, wanted = program(tmp_path / "fresh")
    assert history == wanted
    for one, other in zip(live, fresh, strict=True):
        np.testing.assert_array_equal(one, other)
    assert _log(tmp_path / "live") == _log(tmp_path / "fresh")

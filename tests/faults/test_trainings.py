"""Real trainings, killed in the midst of their repair: what was tried is not tried again, and the end is the same."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from autostable import journal
from autostable.execution.runlog import NAME, OF
from tests.execution.conftest import environment
from tests.faults.harness import plain

pytestmark = [pytest.mark.slow, pytest.mark.whole]
DATA = """
    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    x = np.random.default_rng(3).normal(size=(256, 4)).astype("float32")
    y = (x @ np.ones((4, 1)) + 0.1).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
"""
PROGRAMS = {
    "within fit": DATA + """
    model.compile(keras.optimizers.SGD(3.0), "mse")
    model.fit(x, y, epochs=6, batch_size=32, verbose=0)
    np.save("weights.npy", np.concatenate([each.ravel() for each in model.get_weights()]))
""",
    "by fresh runs": DATA + """
    import tensorflow as tf
    optimizer = keras.optimizers.SGD(3.0)
    for step in range(60):
        rows = slice(32 * (step % 8), 32 * (step % 8) + 32)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x[rows]) - y[rows]) ** 2)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    np.save("weights.npy", np.concatenate([each.ravel() for each in model.get_weights()]))
""",
    "a fit, then a loop": DATA + """
    import tensorflow as tf
    model.compile(keras.optimizers.SGD(3.0), "mse")
    model.fit(x, y, epochs=6, batch_size=32, verbose=0)
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(3.0)
    for step in range(60):
        rows = slice(32 * (step % 8), 32 * (step % 8) + 32)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((other(x[rows]) - y[rows]) ** 2)
        optimizer.apply(tape.gradient(loss, other.trainable_variables), other.trainable_variables)
    weights = [*model.get_weights(), *other.get_weights()]
    np.save("weights.npy", np.concatenate([each.ravel() for each in weights]))
""",
}  # fmt: skip


class Folder:
    """A folder with a program, run under the real command line."""

    def __init__(self, path: Path, program: str) -> None:
        path.mkdir()
        self.path = path
        (path / "train.py").write_text(textwrap.dedent(program), encoding="utf-8")

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "autostable", "run", "--output-format", "json", *arguments, "train.py"], cwd=self.path,
            env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def records(self) -> list[Any]:
        return [each for run in (self.path / ".autostable" / "runs").glob("*") for each in journal.read(run / NAME, OF)]

    def tried(self) -> Counter[str]:
        """How often which attempt was made, whole runs of a plan that holds apart: they are wanted for what they train."""
        found: dict[tuple[int, int, int], str] = {}
        run = 0
        for record in self.records():
            run += "asked" in record
            if "tried" in record:
                told = record["tried"]
                attempt = told["tried"]["attempt"]
                if attempt["kind"] == "probe" or attempt["outcome"] != "stable":
                    found[run, told["training"], told["place"]] = json.dumps(
                        [told["training"], attempt["plan"], attempt["kind"]]
                    )
        return Counter(found.values())

    def report(self) -> dict[str, Any]:
        (file,) = (self.path / ".autostable" / "runs").glob("*/report.json")
        return plain(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_training_is_repaired_through_kills(name: str, tmp_path: Path) -> None:
    whole = Folder(tmp_path / "whole", PROGRAMS[name])
    assert whole.begin().wait(300) == 0
    steps = [index for index, each in enumerate(whole.records()) if {"tried", "outcome", "story"} & each.keys()]
    bed, rng = Folder(tmp_path / "bed", PROGRAMS[name]), random.Random(name)
    for wanted in sorted(rng.sample(steps[:-1], 3)):
        process = bed.begin("--resume")
        while process.poll() is None and len(bed.records()) < wanted:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert bed.begin("--resume").wait(300) == 0
    again = [key for key, count in bed.tried().items() if count > 1]
    assert len(again) <= 3, "at each kill one attempt at most, whose failure was being looked into"
    report, wanted_report = bed.report(), whole.report()
    assert report["plan"] == wanted_report["plan"] and report["verdict"] == "repaired"
    assert [_short(each) for each in report["attempts"]] == [_short(each) for each in wanted_report["attempts"]]
    assert (bed.path / "weights.npy").read_bytes() == (whole.path / "weights.npy").read_bytes(), (
        "the same training, bit for bit"
    )


def _short(attempt: dict[str, Any]) -> list[Any]:
    return [attempt["plan"], attempt["kind"], attempt["outcome"], attempt["steps"], attempt["loss_last"]]

"""What a repaired program leaves on disk, read by another one that knows nothing of autostable."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.execution.conftest import Run, environment

pytestmark = pytest.mark.whole
ROWS = """\
import keras
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal([5000.0, 0.02, -300.0], [1000.0, 0.01, 40.0], (512, 3)).astype("float32")
y = (2e5 + 1e5 * ((x - [5000.0, 0.02, -300.0]) / [1000.0, 0.01, 40.0]) @ [1.0, -2.0, 0.5]).astype("float32")
"""
TRAIN = f"""{ROWS}
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
model.fit(x, y, epochs=20, verbose=0, validation_split=0.1, callbacks=[
    keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
    keras.callbacks.CSVLogger("log.csv", append=True),
    keras.callbacks.TensorBoard("logs"),
])
model.save("last.keras")
model.export("served", verbose=False)
best = keras.models.load_model("best.keras")
print("best", *best.evaluate(x, y, verbose=0))
print("last", *model.evaluate(x, y, verbose=0))
"""
USE = f"""{ROWS}
import tensorflow as tf
best, last = keras.models.load_model("best.keras"), keras.models.load_model("last.keras")
print("best", *best.evaluate(x, y, verbose=0))
print("last", *last.evaluate(x, y, verbose=0))
served = tf.saved_model.load("served")
print("served", float(np.mean((served.serve(x).numpy()[:, 0] - y) ** 2)))
print("on", last.fit(x, y, epochs=3, verbose=0).history["loss"][-1])
"""


def figures(output: str) -> dict[str, list[float]]:
    lines = [line.split() for line in output.splitlines() if line.split()[:1][0] in ("best", "last", "served", "on")]
    return {name: [float(each) for each in rest] for name, *rest in lines}


def test_models_logs_and_curves(warm_autostable: Run, write: Callable[[str, str], Path], tmp_path: Path) -> None:
    write("train.py", TRAIN)
    write("use.py", USE)
    done = warm_autostable("run", "train.py")
    assert done.returncode == 0, done.stderr
    told = figures(done.stdout)
    plain = subprocess.run([sys.executable, "use.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    found = figures(plain.stdout)
    assert found["best"] == pytest.approx(told["best"], rel=1e-4) and found["last"] == pytest.approx(
        told["last"], rel=1e-4
    )
    assert found["served"][0] == pytest.approx(told["last"][0], rel=1e-3)
    assert found["on"][0] < 2 * told["last"][0], "training goes on from the file as it went on here"
    assert (tmp_path / "log.csv").read_text().count("epoch") == 1
    assert len(list((tmp_path / "logs" / "train").glob("events*"))) == 1
    (report,) = tmp_path.glob(".autostable/runs/*/report.json")
    said = json.loads(report.read_text())
    assert said["verdict"] == "repaired"

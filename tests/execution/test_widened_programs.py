"""Programs with the numbers of several classes on one sigmoid, run whole: the script is run with a unit for each class."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
Warm = Callable[..., subprocess.CompletedProcess[str]]

PROGRAM = """
import keras
import numpy as np

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)
x = rng.normal(size=(400, 4)).astype("float32")
y = (x[:, 0] > 0.5).astype("int64") + (x[:, 0] > -0.5)
model = keras.Sequential([keras.Input((4,))])
model.add(keras.layers.Dense(16, activation="relu"))
model.add(keras.layers.Dense(1))
model.add(keras.layers.Activation("sigmoid"))
model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=12, batch_size=20, verbose=0)
model.save("trained.keras")
print("shape", model.predict(x, verbose=0).shape[1])
print("test accuracy", round(keras.models.load_model("trained.keras").evaluate(x, y, verbose=0)[1], 4))
"""


def test_the_output_gets_a_unit_for_each_class(tmp_path: Path, warm_autostable: Warm) -> None:
    (tmp_path / "train.py").write_text(PROGRAM)
    done = warm_autostable("run", "--fix", "--output-format", "json", "--output-file", "told.json", "train.py")
    report = json.loads((tmp_path / "told.json").read_text())
    assert done.returncode == 0, done.stderr
    assert report["verdict"] == "repaired" and [step["name"] for step in report["plan"]] == ["widen-output"]
    assert report["causes"][0]["code"] == "labels-out-of-range" and report["causes"][0]["state"] == "proven"
    shape, accuracy = done.stdout.splitlines()[-2:]
    assert shape == "shape 3" and float(accuracy.split()[-1]) >= 0.9
    (edit,) = report["edits"]
    added = [line[1:].strip() for line in edit["diff"].splitlines() if line.startswith("+") and "+++" not in line]
    assert added == [
        "model.add(keras.layers.Dense(3))",
        'model.add(keras.layers.Activation("softmax"))',
        'model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])',
    ]
    assert edit["complete"] and report["proof"]["holds"] is True


def test_a_plan_for_another_line_is_refused(tmp_path: Path, warm_autostable: Warm) -> None:
    (tmp_path / "train.py").write_text("print('hello')\n" + PROGRAM)
    layer = {"file": "train.py", "line": 11, "source": "model.add(keras.layers.Dense(1))", "units": 3}
    parameters = {"layer": layer, "loss": "sparse_categorical_crossentropy", "activations": {}}
    step = {"name": "widen-output", "parameters": parameters}
    (tmp_path / "stable.json").write_text(json.dumps({"schema": "autostable/stable-1", "plans": {"0": [step]}}))
    done = warm_autostable("apply", "stable.json", "train.py")
    assert done.returncode == 2 and "it is for a layer at train.py:11" in done.stderr, done.stderr

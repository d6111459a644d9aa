"""Whole programs whose edits are run by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.execution.conftest import Run

RAW = """\
import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(5000.0, 1000.0, (256, 3)).astype("float32")
y = ((x - 5000.0) / 1000.0 @ np.array([1.0, -2.0, 0.5])).astype("float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.05), "mse")
model.fit(x, y, epochs=15, verbose=0)
model.save("model.keras")
with open("runs.log", "a") as log:
    log.write("run\\n")
print("error", round(float(model.evaluate(x, y, verbose=0)), 4))
"""


def report_of(folder: Path) -> dict[str, Any]:
    (file,) = folder.glob(".autostable/runs/*/report.json")
    report: dict[str, Any] = json.loads(file.read_text())
    return report


def test_what_is_fixed_was_run_by_itself(
    warm_autostable: Run, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    train = write("train.py", RAW)
    done = warm_autostable("run", "--fix", "train.py")
    assert done.returncode == 0, done.stderr
    proof = report_of(tmp_path)["proof"]
    assert proof["holds"] is True
    (own,) = proof["runs"]
    assert [figure["name"] for figure in own["figures"]] == ["final loss", "error"]
    assert "patched script: error" in done.stderr and "fixed train.py" in done.stderr
    assert "keras.layers.Normalization(" in train.read_text()
    assert (tmp_path / "runs.log").read_text() == "run\n", "what the patched script writes is not the user's"
    (edit,) = report_of(tmp_path)["edits"]
    assert edit["safety"] == "changes-training"


@pytest.mark.whole
def test_a_plan_without_complete_edits_is_run_with_other_seeds(
    warm_autostable: Run, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    """It reaches into the layers. What the script sets is another number then, too."""
    text = RAW + "print(model.layers[0].units)\n"
    write("train.py", text)
    done = warm_autostable("run", "--verify", "2", "train.py")
    report = report_of(tmp_path)
    assert done.returncode == 0 and not all(edit["complete"] for edit in report["edits"])
    assert "The plan held in 2 of 2 fresh runs." in report["notes"]
    losses = {attempt["loss_last"] for attempt in report["attempts"] if attempt["kind"] == "full"}
    assert len(losses) == 3

"""One hopeless training among many does not end a program, whoever calls it: a loop, Optuna, scikit-learn."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.execution.conftest import Run

ENDED = "A training was ended by its caller (a search that wants no more of it): what it has learnt was not judged."

pytestmark = pytest.mark.slow
Write = Callable[[str, str], Path]

HEAD = """
import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(3)
x = rng.normal(size=(128, 4)).astype("float32")
y = (x @ rng.normal(size=(4, 1)) + 0.1).astype("float32")
y[17] = 0.0


def relative(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred) / tf.abs(y_true), axis=-1)


def trained(loss, callbacks=(), rate=0.01):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), loss)
    return model.fit(x, y, epochs=4, batch_size=32, verbose=0, callbacks=list(callbacks)).history["loss"]
"""
STUDY = HEAD + """
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    return trained({"relative": relative}.get(name := trial.suggest_categorical("loss", ["relative", "mse", "mae"]), name))[-1]


study = optuna.create_study()
for name in ("relative", "mse", "mae"):
    study.enqueue_trial({"loss": name})
study.optimize(objective, n_trials=3)
for trial in study.trials:
    print(trial.number, trial.params["loss"], trial.state.name, trial.value)
print("best", study.best_trial.number)
"""  # fmt: skip
PRUNED = HEAD + """
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


class Prunes(keras.callbacks.Callback):
    def __init__(self, trial):
        super().__init__()
        self.trial = trial

    def on_epoch_end(self, epoch, logs=None):
        self.trial.report(logs["loss"], epoch)
        if self.trial.number == 0 and epoch == 1:
            raise optuna.TrialPruned()


def objective(trial):
    return trained("mse", [Prunes(trial)], trial.suggest_float("rate", 0.01, 0.01))[-1]


study = optuna.create_study()
study.optimize(objective, n_trials=2)
for trial in study.trials:
    print(trial.state.name, trial.value, trial.intermediate_values)
"""  # fmt: skip
GRID = HEAD + """
import warnings

from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV


class Net(BaseEstimator):
    def __init__(self, loss="mse"):
        self.loss = loss

    def fit(self, x, y):
        keras.utils.set_random_seed(3)
        self.model_ = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
        self.model_.compile(keras.optimizers.Adam(0.01), {"relative": relative}.get(self.loss, self.loss))
        self.model_.fit(x, y, epochs=4, batch_size=32, verbose=0)
        return self

    def score(self, x, y):
        return -float(np.mean((self.model_.predict(x, verbose=0) - y) ** 2))


search = GridSearchCV(Net(), {"loss": ["relative", "mse"]}, cv=2)
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    search.fit(x, y)
print(search.best_params_, search.cv_results_["mean_test_score"], sorted(search.cv_results_))
told = [each for each in warned if "need a plan" in str(each.message)]
"""  # fmt: skip
LOOP = HEAD + """
for loss in (relative, "mse", "mae"):
    print(trained(loss))
"""  # fmt: skip


def report_of(done: subprocess.CompletedProcess[str], folder: Path) -> dict[str, Any]:
    found = re.search(r"^page +(.*report)\.html$", done.stderr, re.MULTILINE)
    assert found is not None, done.stderr
    told: dict[str, Any] = json.loads((folder / f"{found[1]}.json").read_text())
    return told


@pytest.mark.parametrize(
    "program",
    [pytest.param(STUDY, id="optuna"), pytest.param(GRID, id="scikit-learn"), pytest.param(LOOP, id="loop")],
)
def test_the_other_trainings_run_and_the_output_is_pythons(
    warm_autostable: Run, write: Write, tmp_path: Path, program: str
) -> None:
    pytest.importorskip({STUDY: "optuna", GRID: "sklearn"}.get(program, "keras"))
    path = write("train.py", program)
    plain = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, cwd=tmp_path, check=True)
    done = warm_autostable("run", "--select", "promote-precision", "train.py")  # which cures no division
    assert done.returncode == 1, done.stderr
    assert done.stdout == plain.stdout
    report = report_of(done, tmp_path)
    assert (report["verdict"], report["target"]["exit_status"]) == ("unrepaired", 0)
    assert report["causes"][0]["code"] == "unsafe-division"
    assert any(re.fullmatch(r"[12] of [35] trainings of the program went wrong.", note) for note in report["notes"])


def test_a_corner_of_a_grid_that_was_repaired_is_marked(warm_autostable: Run, write: Write, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    print_marks = """
plans = search.cv_results_["autostable_plan"]
print([None if plan is None else [step["name"] for step in plan] for plan in plans], len(told))
"""
    write("train.py", GRID.replace('["relative", "mse"]', '["relative"]') + print_marks)
    done = warm_autostable("run", "train.py")
    assert done.returncode == 0, done.stderr
    marks = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"\[\['epsilon-loss'(, 'epsilon-loss')*\]\] 1", marks), done.stdout


def test_a_pruned_trial_is_none_that_failed(warm_autostable: Run, write: Write, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    path = write("train.py", PRUNED)
    plain = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, cwd=tmp_path, check=True)
    done = warm_autostable("run", "train.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout == plain.stdout and plain.stdout.startswith("PRUNED ")
    report = report_of(done, tmp_path)
    assert report["verdict"] == "healthy" and ENDED in report["notes"]
    assert not [note for note in report["notes"] if "raised an error" in note]

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.training import guard, hooks, install
from tests import warm

from .conftest import build

pytestmark = pytest.mark.slow
CONSTANT = 900.0**2  # about the variance of the demand: a trial that has learnt is below


def grid(folder, **options):
    return keras_tuner.GridSearch(
        autostable.StableHyperModel(build), objective="val_loss", max_trials=6, directory=folder,
        project_name="demand", overwrite=True, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A grid of six, four of which die of NaN by themselves."""
    from .conftest import demand

    x, y = demand()
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("grid")
    tuner = grid(folder)
    tuner.search(x[:200], y[:200], validation_data=(x[200:], y[200:]), epochs=6, verbose=0)
    return tuner, folder / "demand", (x[200:], y[200:])


def test_no_trial_is_lost(searched):
    tuner, _, _ = searched
    trials = list(tuner.oracle.trials.values())
    assert [trial.status for trial in trials] == ["COMPLETED"] * 6
    assert all(math.isfinite(trial.score) for trial in trials)


def test_a_repaired_trial_says_so(searched, capsys):
    tuner, folder, _ = searched
    records = [json.loads(path.read_text()) for path in sorted(folder.glob("trial_*/autostable.json"))]
    assert len(records) >= 4
    for record in records:
        assert record["verdict"] == "repaired"
        assert record["causes"] and record["plan"] and record["attempts"]
    tuner.results_summary()
    assert "autostable repaired this trial with" in capsys.readouterr().out
    messages = [json.loads(path.read_text())["message"] for path in folder.glob("trial_*/trial.json")]
    assert sum(message is not None for message in messages) == len(records)


def test_kin_cost_one_attempt(searched):
    _, folder, _ = searched
    counts = []
    for path in sorted(folder.glob("trial_*/autostable.json"), key=lambda each: each.stat().st_mtime):
        counts.append(len(json.loads(path.read_text())["attempts"]) - 1)  # the baseline is no attempt at a cure
    assert np.mean(counts[1:]) <= 2.0, counts


def test_best_models_reload_with_their_setup(searched):
    tuner, _, (x, y) = searched
    models = tuner.get_best_models(6)
    trials = tuner.oracle.get_best_trials(6)
    assert len(models) == 6
    for model, trial in zip(models, trials, strict=True):
        error = float(np.mean((model.predict(x, verbose=0)[:, 0] - y) ** 2))
        assert error == pytest.approx(trial.score, rel=1e-3)
    assert any(install.setup_on(model) is not None for model in models)


def test_reloads_in_a_tuner_of_its_own(searched):
    _, folder, (x, y) = searched
    again = keras_tuner.GridSearch(
        autostable.StableHyperModel(build), objective="val_loss", max_trials=6, directory=folder.parent,
        project_name="demand",
    )  # fmt: skip
    best = again.oracle.get_best_trials(1)[0]
    model = again.get_best_models(1)[0]
    assert float(np.mean((model.predict(x, verbose=0)[:, 0] - y) ** 2)) == pytest.approx(best.score, rel=1e-3)


def test_remedies_stay_out_of_the_hyperparameters(searched):
    tuner, _, _ = searched
    for trial in tuner.oracle.trials.values():
        assert set(trial.hyperparameters.values) == {"units", "rate"}
    assert len(tuner.oracle._tried_so_far) == 6


def test_nothing_is_left_armed(searched):
    assert hooks.session is None


class Hopeless(keras_tuner.HyperModel):
    def build(self, hp):
        hp.Int("n", 0, 20)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", loss=lambda y, p: (y - p) ** 2 * np.inf)
        return model


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_hopeless_trials_fail_and_do_not_end_the_search(tmp_path, monkeypatch, seconds):
    monkeypatch.setattr(guard, "LOOK_EVERY", seconds)  # what went wrong is seen at once, or when the training has ended
    tuner = keras_tuner.RandomSearch(
        autostable.StableHyperModel(Hopeless(), max_attempts=1), objective="val_loss", max_trials=4, seed=1,
        directory=tmp_path, project_name="hopeless",
    )  # fmt: skip
    x = np.ones((32, 2), "float32")
    tuner.search(x, x[:, 0], validation_data=(x, x[:, 0]), epochs=1, verbose=0)
    assert [trial.status for trial in tuner.oracle.trials.values()] == ["FAILED"] * 4
    assert all("autostable could not repair" in trial.message for trial in tuner.oracle.trials.values())
    assert all(trial.score is None for trial in tuner.oracle.trials.values())


class Looped(keras_tuner.HyperModel):
    """A fit of one's own: a loop, which cannot be rewound."""

    def build(self, hp):
        hp.Choice("rate", [0.02, 900.0, 1000.0])
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])

    def fit(self, hp, model, x, y, callbacks=None, **kwargs):
        optimizer = keras.optimizers.SGD(hp.get("rate"))
        for callback in callbacks:
            callback.set_model(model)

        @tf.function
        def step():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x, training=True)[:, 0] - y))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
            return loss

        for epoch in range(40):
            loss = float(step())
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"my_loss": loss})
        return loss


def search_with_loops(tmp_path):
    tuner = keras_tuner.GridSearch(
        autostable.StableHyperModel(Looped()), objective=keras_tuner.Objective("my_loss", "min"), directory=tmp_path,
        project_name="loops",
    )  # fmt: skip
    x = np.random.default_rng(0).normal(size=(32, 2)).astype("float32")
    tuner.search(x, x[:, 0] - x[:, 1], verbose=0)
    trials = list(tuner.oracle.trials.values())
    assert [trial.status for trial in trials] == ["COMPLETED"] * 3
    assert all(trial.score < 10 for trial in trials)
    assert sum("autostable repaired" in (trial.message or "") for trial in trials) == 2
    assert len(tuner.get_best_models(3)) == 3
    assert hooks.session is None


def test_trials_with_a_loop_of_ones_own(tmp_path):
    """In a process of its own: what is on the repaired models stays on for as long as they live."""
    code = (
        "import pathlib; from tests.sweeps import test_stable_hypermodel as own; "
        f"own.search_with_loops(pathlib.Path({str(tmp_path)!r}))"
    )
    done = subprocess.run(
        [warm.python(), "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_an_error_of_the_users_own_is_his(tmp_path):
    def broken(hp):
        hp.Int("n", 0, 20)
        if hp.get("n") != 0:
            raise ValueError("no such layer")
        return build(hp)

    tuner = keras_tuner.RandomSearch(
        autostable.StableHyperModel(broken), objective="val_loss", max_trials=5, seed=1, directory=tmp_path,
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="consecutive failures"):
        tuner.search(np.ones((8, 14)), np.ones(8), validation_data=(np.ones((8, 14)), np.ones(8)), verbose=0)


@pytest.mark.parametrize("kind", ["BayesianOptimization", pytest.param("Hyperband", marks=pytest.mark.whole)])
def test_other_tuners(tmp_path, data, kind):
    keras.utils.set_random_seed(0)
    limits = {"max_epochs": 3, "factor": 3} if kind == "Hyperband" else {"max_trials": 4}
    tuner = getattr(keras_tuner, kind)(
        autostable.StableHyperModel(build), objective="val_loss", seed=0, directory=tmp_path, project_name="p", **limits
    )
    x, y = data.pop("x"), data.pop("y")
    tuner.search(x, y, **data)
    trials = list(tuner.oracle.trials.values())
    assert {trial.status for trial in trials} == {"COMPLETED"}
    model = tuner.get_best_models(1)[0]
    x, y = data["validation_data"]
    error = float(np.mean((model.predict(x, verbose=0)[:, 0] - y) ** 2))
    assert error == pytest.approx(tuner.oracle.get_best_trials(1)[0].score, rel=1e-3)


def test_what_is_neither_function_nor_hypermodel():
    with pytest.raises(TypeError, match="HyperModel or a function"):
        autostable.StableHyperModel(3)

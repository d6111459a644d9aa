"""A repaired model is saved with its plan in it, as layers and operations of Keras' own."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Remedy
from autostable.registry import setup_of
from autostable.training import hooks, install
from autostable.training.session import Orders, Session

PLAN = (
    Remedy("impute-missing", {"inputs": [{"fill": [1.0, 2.0, 3.0]}]}),
    Remedy("rescale-inputs", {"inputs": [{"center": [10.0, 20.0, 30.0], "scale": [2.0, 4.0, 8.0]}]}),
    Remedy("rescale-targets", {"targets": [{"center": [100.0], "scale": [50.0]}]}),
)


@pytest.fixture
def dressed():
    """A model with a plan on it, rows with a NaN among them, and its predictions."""
    hooks.arm(Session(Orders()))
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    installation = install.Installation(model, None)
    installation.put(setup_of(PLAN))
    rows = np.random.default_rng(0).normal(20.0, 5.0, (6, 3)).astype("float32")
    rows[2, 1] = np.nan
    yield model, rows, model.predict(rows, verbose=0)
    installation.take_off()
    hooks.disarm()


def test_predictions_are_in_the_users_units(dressed) -> None:
    model, rows, predicted = dressed
    hidden, last = model.layers
    filled = np.where(np.isfinite(rows), rows, [1.0, 2.0, 3.0])
    scaled = (filled - [10.0, 20.0, 30.0]) / [2.0, 4.0, 8.0]
    expected = 100.0 + 50.0 * (np.tanh(scaled @ hidden.kernel.numpy()) @ last.kernel.numpy())
    np.testing.assert_allclose(predicted, expected, rtol=1e-4)


def test_a_saved_model_predicts_the_same_without_autostable(dressed, tmp_path) -> None:
    model, rows, predicted = dressed
    model.save(tmp_path / "model.keras")
    hooks.disarm()
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(rows, verbose=0), predicted)


def test_an_exported_model_serves_the_same(dressed, tmp_path) -> None:
    model, rows, predicted = dressed
    model.export(str(tmp_path / "served"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_allclose(served.serve(rows).numpy(), predicted, rtol=1e-6)


def test_a_model_without_a_plan_is_saved_as_it_is(tmp_path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)], name="plain")
    hooks.arm(Session(Orders()))
    try:
        model.save(tmp_path / "model.keras")
    finally:
        hooks.disarm()
    assert keras.models.load_model(tmp_path / "model.keras").name == "plain"


WINDOWS = Remedy(
    "difference-windows",
    {"feature": 1, "input": {"center": [5.0, 0.0], "scale": [2.0, 10.0]}, "target_scale": 4.0},
)  # fmt: skip


def test_forecasts_come_back_to_the_level_of_their_window_and_are_saved_so(tmp_path) -> None:
    hooks.arm(Session(Orders()))
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 2)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile(loss="mse")
    rows = np.random.default_rng(0).normal([5.0, 3e4], [2.0, 100.0], (8, 6, 2)).astype("float32")
    after = rows[:, -1:, 1] + np.asarray([1.0, 2.0, 3.0], "float32")
    kernel = model.layers[-1].kernel.numpy()
    installation = install.Installation(model, None)
    installation.put(setup_of((WINDOWS,)))
    predicted = model.predict(rows, verbose=0)
    lost = model.evaluate(rows, after, verbose=0)
    model.save(tmp_path / "model.keras")
    installation.take_off()
    hooks.disarm()
    last = np.zeros((8, 1, 2), "float32")
    last[:, 0, 1] = rows[:, -1, 1]
    scaled = (rows - last - [5.0, 0.0]) / [2.0, 10.0]
    expected = scaled.reshape(8, -1) @ kernel * 4.0 + rows[:, -1:, 1]
    np.testing.assert_allclose(predicted, expected, rtol=1e-5)
    assert lost == pytest.approx(float(np.mean((expected - after) ** 2)), rel=1e-3)
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(rows, verbose=0), predicted)

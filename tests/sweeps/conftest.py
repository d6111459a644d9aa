"""A small sweep in which some configurations go bad, and helpers to run it."""

from __future__ import annotations

import numpy as np
import pytest


def demand():
    """Windows of a daily demand, standardised."""
    rng = np.random.default_rng(4)
    day = np.arange(260)
    series = np.sin(2 * np.pi * day / 7) + day / 130 + rng.normal(0, 0.2, 260)
    series = (series - series[:200].mean()) / series[:200].std()
    windows = np.lib.stride_tricks.sliding_window_view(series, 15).astype("float32")
    return windows[:, :14], windows[:, 14]


def build(hp):
    """A small network; of the learning rates only the first is sound."""
    import keras

    model = keras.Sequential([keras.Input((14,))])
    model.add(keras.layers.Dense(hp.Choice("units", [8, 16]), activation="relu"))
    model.add(keras.layers.Dense(1))
    model.compile(keras.optimizers.SGD(hp.Choice("rate", [0.02, 6.0, 9.0])), loss="mse")
    return model


@pytest.fixture
def data():
    x, y = demand()
    return {"x": x[:200], "y": y[:200], "validation_data": (x[200:], y[200:]), "epochs": 6, "verbose": 0}

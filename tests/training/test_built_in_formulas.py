"""Formulas of Keras' own at their singular points: guards go by the name of the loss, optimizers by their own epsilon."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from autostable import api
from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(160, 6)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def focal() -> None:
    """Its factor (1 - p) ** gamma has no derivative at a prediction that is right."""
    keras.utils.set_random_seed(0)
    start = keras.initializers.Constant(
        [[0.0], [0.0], [0.0], [0.0], [0.0], [12.0]]
    )  # at first it goes by another column
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid", kernel_initializer=start)])
    model.compile(keras.optimizers.Adam(0.2), keras.losses.BinaryFocalCrossentropy(gamma=0.5))
    model.fit(X, Y, epochs=12, batch_size=16, verbose=0)


def ftrl_from_nothing() -> None:
    """What it has summed is 0 where a column is, and it divides by its root."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Ftrl(0.1, initial_accumulator_value=0.0), "binary_crossentropy")
    x = X.copy()
    x[:, 5] = 0.0
    model.fit(x, Y, epochs=8, batch_size=16, verbose=0)


@pytest.mark.parametrize("program, code, plan", [
    pytest.param(ftrl_from_nothing, Code.UNSAFE_DIVISION, "raise-optimizer-epsilon", marks=pytest.mark.whole),
    pytest.param(focal, Code.UNSAFE_POWER, "epsilon-loss", marks=pytest.mark.whole),
])  # fmt: skip
def test_it_is_cured_where_it_arose(program: Any, code: Code, plan: str) -> None:
    told = api.run(program)
    assert told.verdict is Verdict.REPAIRED and [step.name for step in told.plan] == [plan]
    assert told.causes[0].code is code and len(told.attempts) <= 3

"""NaN that NumPy has made in a loop of the user's own: what the step is called with, and the line that made it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable import api
from autostable.records import Code, Verdict

pytestmark = [pytest.mark.slow, pytest.mark.whole]

X = np.random.default_rng(0).normal(size=(160, 4)).astype("float32")
Y = X[:, :1] * 2
COUNTS = np.random.default_rng(1).poisson(6.0, size=160).astype("float32")
COUNTS[70] = 0.0  # in the third batch of five


def trained(eager: bool = False, as_arrays: bool = False) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam(0.01)

    def step(x: Any, y: Any, weight: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(weight * tf.square(model(x, training=True) - y))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    run, of = step if eager else tf.function(step), (lambda part: part) if as_arrays else tf.constant
    for _ in range(8):
        for begin in range(0, 160, 32):
            rows = slice(begin, begin + 32)
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                weight = COUNTS[rows] / COUNTS[rows] * 1.0
            run(of(X[rows]), of(Y[rows]), of(weight[:, None]))


@pytest.mark.parametrize("options", [{}, {"as_arrays": True}, {"eager": True}], ids=str)
def test_the_line_that_made_it_is_named(options: dict[str, bool]) -> None:
    told = api.run(trained, **options)
    line = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "COUNTS[rows] / " in text)
    assert told.causes[0].code is Code.DATA_NONFINITE and told.causes[0].site.line == line
    assert told.symptom.step == 2 and "held NaN or Inf in rows 6" in told.causes[0].evidence
    assert told.verdict is Verdict.UNREPAIRED and len(told.attempts) <= 6

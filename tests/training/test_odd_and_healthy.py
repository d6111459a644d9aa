"""Healthy trainings that look odd: a batch in which no row is left, layers whose activations are computed twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Verdict
from tests.training.conftest import story_of

pytestmark = pytest.mark.slow
X = np.random.default_rng(0).normal(size=(160, 4)).astype("float32")
Y = X[:, :1] - X[:, 1:2]


def network() -> Any:
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(1)])


def emptied() -> list[np.ndarray]:
    """A filter behind the batching leaves nothing of one batch; a step that averages by hand guards its divisor."""
    keras.utils.set_random_seed(0)
    model = network()

    def mean(y: Any, answer: Any) -> Any:
        return tf.math.divide_no_nan(tf.reduce_sum(tf.square(y - answer)), tf.cast(tf.size(y), tf.float32))

    rows = tf.data.Dataset.from_tensor_slices((X, Y)).batch(16).enumerate()
    given = rows.map(lambda number, batch: (batch[0][: 0 if number == 3 else 16], batch[1][: 0 if number == 3 else 16]))
    model.compile(keras.optimizers.Adam(0.01), mean)
    model.fit(given, epochs=12, verbose=0)
    return model.get_weights()  # type: ignore[no-any-return]


def computed_twice() -> list[np.ndarray]:
    keras.utils.set_random_seed(0)
    with keras.RematScope(mode="full"):
        model = network()
    model.compile(keras.optimizers.Adam(0.01), "mse", run_eagerly=True)  # traced it raises in Keras 3.15 itself
    model.fit(X, Y, batch_size=16, epochs=12, verbose=0)
    return model.get_weights()  # type: ignore[no-any-return]


@pytest.mark.parametrize("program", [emptied, computed_twice])
def test_it_is_left_alone_to_the_bit(program: Callable[[], list[np.ndarray]]) -> None:
    plain = program()
    kept: list[list[np.ndarray]] = []
    (story,) = story_of(lambda: kept.append(program()))

    assert (story.verdict, story.plan) == (Verdict.HEALTHY, ())
    for before, after in zip(plain, kept[0], strict=True):
        np.testing.assert_array_equal(before, after)

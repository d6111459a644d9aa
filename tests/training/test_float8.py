"""Scales of float8 layers come to the optimizer as gradients; they are values, and no remedy changes them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Verdict
from autostable.setup import OptimizerKnobs
from autostable.training import seams
from autostable.training.guard import Guard
from tests.training.conftest import story_of

pytestmark = pytest.mark.slow
X = np.random.default_rng(0).normal(size=(128, 8)).astype("float32")
Y = X[:, :4].sum(axis=1)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("traced", [True, False])
def test_what_overwrites_a_variable_is_not_clipped(traced: bool, named: bool) -> None:
    weight, scale = keras.Variable([0.0, 0.0]), keras.Variable([1.0])
    scale.overwrite_with_gradient = True
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.build([weight, scale])
    guard = Guard()
    guard.knobs = OptimizerKnobs(global_clipnorm=0.5)

    def step() -> None:
        guard.note_loss(tf.constant(1.0))
        given = [weight, scale] if named else None
        guard.apply(optimizer, type(optimizer).apply, [tf.constant([3.0, 4.0]), tf.constant([700.0])], given, True)

    (tf.function(step) if traced else step)()

    np.testing.assert_allclose(seams.numpy_value(scale), [700.0])
    np.testing.assert_allclose(seams.numpy_value(weight), [-0.3, -0.4], rtol=1e-6)


def fitted() -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), layers.Dense(16, "relu"), layers.Dense(1)])
    model.layers[0].quantize("float8")
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "mse")
    model.fit(X, Y, epochs=10, batch_size=32, verbose=0)
    return model


def test_a_healthy_training_in_float8_is_left_alone() -> None:
    plain = [np.asarray(each) for each in fitted().get_weights()]
    kept: list[Any] = []
    (story,) = story_of(lambda: kept.append(fitted()))

    assert story.verdict is Verdict.HEALTHY
    assert any(map(seams.is_overwritten, kept[0].trainable_variables))
    for before, after in zip(plain, kept[0].get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)

"""Gradients from a traced function, and the update outside of it: the loss is seen where the function gives it back."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Verdict

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(160, 6)).astype("float32")
Y = X[:, :1] * 2 + 1


def trained(rate: float, *, bad_from: int | None = None, gives_back: str = "first", passes: int = 5) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(rate)

    @tf.function
    def gradients_of(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
            loss += tf.reduce_mean(tf.math.log(y[:, 1]))  # of data: only the value goes bad
        gradients = tape.gradient(loss, model.trainable_variables)
        return (loss, gradients) if gives_back == "first" else (gradients, {"loss": tf.cast(loss, tf.float64)})

    step = 0
    for _ in range(passes):
        for begin in range(0, 160, 32):
            weight = -1.0 if step == bad_from else 1.0
            y = np.concatenate([Y[begin : begin + 32], np.full((32, 1), weight, "float32")], axis=1)
            first, second = gradients_of(tf.constant(X[begin : begin + 32]), tf.constant(y))
            gradients = second if gives_back == "first" else first
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            step += 1


@pytest.mark.parametrize("gives_back", ["first", pytest.param("last", marks=pytest.mark.whole)])
def test_a_bad_loss_is_seen_where_it_is_given_back(stories: Any, gives_back: str) -> None:
    (story,) = stories(lambda: trained(0.01, bad_from=7, gives_back=gives_back))
    assert story.verdict is Verdict.UNREPAIRED
    assert (story.symptom.step, story.symptom.first_seen_in) == (7, "loss")


@pytest.mark.whole
def test_a_healthy_one_is_judged_by_its_loss(stories: Any) -> None:
    (story,) = stories(lambda: trained(0.05, passes=16))
    assert story.verdict is Verdict.HEALTHY
    assert story.attempts[0].loss_last < story.attempts[0].loss_first
    assert story.attempts[0].learning is not None


@pytest.mark.whole
def test_what_runs_away_is_seen(stories: Any) -> None:
    (story,) = stories(lambda: trained(6.0))
    assert story.verdict is Verdict.UNREPAIRED

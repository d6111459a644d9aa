"""Gradients by `tf.gradients`: loss and line are seen as they are of a tape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(160, 4)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def trained(*, bad: bool, steps: int = 40) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.5)
    floor = tf.Variable(0.0 if bad else 1e-3, trainable=False)

    @tf.function
    def step(x: Any, y: Any) -> Any:
        chance = tf.nn.relu(model(x, training=True)) + floor
        odds = tf.math.log(chance)
        loss = tf.reduce_mean(tf.square(odds * 0.1 - y))
        gradients = tf.gradients(loss, [variable.value for variable in model.trainable_variables])
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    for number in range(steps):
        rows = slice(number % 5 * 32, number % 5 * 32 + 32)
        step(tf.constant(X[rows]), tf.constant(Y[rows]))


def test_the_line_is_found(stories: Any) -> None:
    (story,) = stories(lambda: trained(bad=True))
    assert story.verdict is Verdict.UNREPAIRED and story.symptom.step == 0
    line = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "tf.math.log(chance)" in text)
    assert story.causes[0].code is Code.UNSAFE_LOG and story.causes[0].site.line == line
    assert story.finding.born == "forward"


@pytest.mark.whole
def test_the_loss_of_a_healthy_one_is_seen(stories: Any) -> None:
    (story,) = stories(lambda: trained(bad=False))
    assert story.verdict is Verdict.HEALTHY and story.attempts[0].loss_last < story.attempts[0].loss_first

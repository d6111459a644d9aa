"""A logarithm of what was measured is bounded by the least that was measured, one of what is answered by next to nothing."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import Code, Verdict
from autostable.training.replay.numbers import least_positive

pytestmark = pytest.mark.slow


def sizes():
    drawn = np.random.default_rng(0)
    x = drawn.normal(size=(640, 4)).astype("float32")
    wide = np.round(4 * np.exp(0.5 * x[:, :1])).astype("float32")  # many are 1 or 2, some 0
    return x, wide


def program(loss):
    keras.utils.set_random_seed(0)
    x, wide = sizes()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(24, "relu"), layers.Dense(1)])
    optimizer = keras.optimizers.Adam(0.01)

    @tf.function
    def step(rows, measured):
        with tf.GradientTape() as tape:
            value = loss(measured, model(rows, training=True))
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    for at in [*range(0, 640, 32)] * 10:
        step(tf.constant(x[at : at + 32]), tf.constant(np.where(x[at : at + 32, 1:2] > 2, 0.0, wide[at : at + 32])))


def of_data(measured, answers):
    return tf.reduce_mean(tf.square(tf.math.log(measured / 8.0) - answers))


def of_answers(measured, answers):
    return -tf.reduce_mean(measured * tf.math.log(tf.nn.relu(answers)) - tf.nn.relu(answers))


@pytest.mark.parametrize(("loss", "bound"), [(of_data, 0.25), (of_answers, 1e-12)])
def test_the_bound_of_a_logarithm(loss, bound):
    report = autostable.run(lambda: program(loss))
    assert report.causes[0].code in (Code.UNSAFE_LOG, Code.OUTPUT_ACTIVATION_MISMATCH)
    bounds = [
        guard["bound"]
        for attempt in report.attempts
        for step in attempt.plan
        for guard in step.parameters.get("guards", ())
    ]
    assert bounds[0] == bound
    if loss is of_data:
        assert report.verdict is Verdict.REPAIRED and report.attempts[-1].loss_last < 0.1


@pytest.mark.parametrize(
    ("given", "least"),
    [([0.0, 3.0, 0.5, np.inf], 0.5), ([0.0, 1.0, 1.0], None), ([0.0, -2.0], None), ([np.nan, 2.0, 4.0], 2.0)],
)
def test_the_least_that_was_measured(given, least):
    assert least_positive([tf.constant(given)]) == least

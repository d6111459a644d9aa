"""A training that no plan has cured says of each cause what was tried."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import CauseState, Code, Verdict
from autostable.report import words

pytestmark = pytest.mark.slow


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])


def data():
    x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
    return x, x @ np.ones((4, 1), "float32")


def fitted():
    model = network()
    model.compile(keras.optimizers.SGD(50.0), "mse")
    model.fit(*data(), epochs=4, verbose=0)


def looped():
    model, optimizer = network(), keras.optimizers.SGD(50.0)
    for _ in range(4):
        for rows, targets in tf.data.Dataset.from_tensor_slices(data()).batch(32):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(rows, training=True) - targets))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)


@pytest.mark.parametrize("program", [fitted, looped])
def test_a_remedy_that_did_not_help_is_said_not_to_have(program):
    train = autostable.stabilize(select=["warm-up-learning-rate"])(program)
    with pytest.raises(autostable.UnstableError):
        train()
    report = train.report
    assert report.verdict is Verdict.UNREPAIRED and len(report.attempts) > 1
    cause = next(each for each in report.causes if each.code is Code.LEARNING_RATE_TOO_HIGH)
    assert cause.state is CauseState.IN_VAIN and words.sureness(cause).endswith("% sure, tried in vain")
    assert cause.proof.startswith("Tried in vain: warm-up-learning-rate did not help; not tried: lower-learning-rate")

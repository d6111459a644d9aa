"""Masks that let nothing through: the loss is the same whatever the weights are."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict
from autostable.training.replay import slopes
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import differentiated, eagerly, run

WEIGHT = tf.Variable(2.0)
VALID = np.array([0, 255, 255], dtype="uint8")


def emptied_in(looked_for, *, beside=0.0):
    """What a replay finds in a step whose loss counts the entries of a mask that hold one value."""
    replay = Replay(updates=False)

    def step():
        with tf.GradientTape() as tape:
            kept = tf.cast(tf.equal(tf.constant(VALID), looked_for), tf.float32)
            loss = tf.math.divide_no_nan(tf.reduce_sum(WEIGHT * kept), tf.reduce_sum(kept)) + beside * WEIGHT
        replay.loss.append(loss)
        differentiated(replay, [tape.gradient(loss, WEIGHT)], [WEIGHT])

    with eagerly():
        run(step, replay)
    return slopes.emptied(replay)


def test_the_comparison_that_is_true_nowhere_is_named():
    site = emptied_in(1)
    assert site.op == "Equal" and site.source == "kept = tf.cast(tf.equal(tf.constant(VALID), looked_for), tf.float32)"


@pytest.mark.parametrize(("looked_for", "beside"), [(255, 0.0), (1, 0.5)], ids=["some are kept", "a gradient is left"])
def test_what_leaves_a_gradient_is_none(looked_for, beside):
    assert emptied_in(looked_for, beside=beside) is None


class Masked(keras.Model):
    """A step that leaves out what a mask does not mark with 1."""

    def __init__(self):
        super().__init__()
        self.inside = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])

    def call(self, x):
        return self.inside(x)

    def train_step(self, batch):
        x, y, valid = batch
        with tf.GradientTape() as tape:
            kept = tf.cast(valid == 1, tf.float32)
            loss = tf.math.divide_no_nan(tf.reduce_sum(kept * tf.abs(self(x) - y)), tf.reduce_sum(kept))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


@pytest.mark.slow
def test_a_fit_says_so_and_blames_no_weights():
    """What Keras takes for sample weights of 255 is a mask here."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
    valid = np.where(np.arange(256)[:, None] % 3, 255, 0).astype("uint8")
    data = tf.data.Dataset.from_tensor_slices((x, x[:, :1], valid)).batch(32)
    model = Masked()
    model.compile("adam")
    report = autostable.run(lambda: model.fit(data, epochs=6, verbose=0))
    assert report.verdict is Verdict.UNREPAIRED
    assert [cause.code for cause in report.causes] == [Code.EMPTY_MASK]
    assert report.causes[0].site.source == "kept = tf.cast(valid == 1, tf.float32)"

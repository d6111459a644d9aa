"""Operations whose singular point lies in another one: a norm that a vector is divided by, a matrix without an inverse."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable import api
from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

rng = np.random.default_rng(0)
X = rng.normal(size=(256, 5)).astype("float32")
TURNED = np.stack([np.cos(X[:, 0]), np.sin(X[:, 0])], 1).astype("float32")


class Direction(layers.Layer):
    """From a vector to where it points and how long it is."""

    def call(self, v):
        length = tf.norm(v, axis=-1, keepdims=True)
        return v / length * tf.sin(length) + tf.constant([1.0, 0.0])


def begins_at_rest():
    keras.utils.set_random_seed(0)
    head = layers.Dense(2, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(16, "tanh"), head, Direction()])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(X, TURNED, epochs=12, batch_size=32, verbose=0)


def test_what_begins_at_a_norm_of_zero_moves_once_the_norm_is_bounded():
    """A bound of the division alone leaves the derivative at zero: x / |x| * sin |x| is 0 there, however large 1 / |x|."""
    told = api.run(begins_at_rest)
    assert told.verdict is Verdict.REPAIRED and told.causes[0].code is Code.UNSAFE_DIVISION
    (guard,) = told.plan[0].parameters["guards"]
    assert (guard["op"], guard["line"]) == ("Sqrt", Direction.call.__code__.co_firstlineno + 1)
    assert told.attempts[1].why == "nothing moves: all gradients are zero"


def process(places, readings):
    """The evidence of a Gaussian process, its scale by gradient."""
    scale = tf.Variable(0.0)
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build([scale])
    held = []

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            gap = tf.reduce_sum((x[:, None] - x[None]) ** 2, -1)
            root = tf.linalg.cholesky(tf.exp(-gap / tf.exp(scale)))
            white = tf.linalg.triangular_solve(root, y)
            loss = tf.reduce_mean(white**2) + tf.reduce_mean(tf.math.log(tf.linalg.diag_part(root)))
        optimizer.apply_gradients([(tape.gradient(loss, scale), scale)])
        return loss

    for _ in range(60):
        held.append(float(step(tf.constant(places), tf.constant(readings))))
    return held


def test_two_readings_of_one_place_are_told_apart_by_the_diagonal():
    places = np.repeat(X[:24, :2], 2, axis=0)
    told = api.run(process, places, TURNED[:48, :1])
    assert told.verdict is Verdict.REPAIRED and told.causes[0].code is Code.UNSAFE_SQRT
    assert [(guard["op"], guard["bound"]) for guard in told.plan[0].parameters["guards"]] == [("Cholesky", 1e-6)]
    assert "cholesky((tf.exp(-gap / tf.exp(scale))) + 1e-06 * tf.eye(" in told.edits[0].diff

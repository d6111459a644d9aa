"""Matrices of the user's own layers that begin equal, and stay so."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict
from autostable.training.facts import model_facts


@keras.saving.register_keras_serializable()
class Narrow(keras.layers.Layer):
    """A product of two matrices, both of which begin with zeros: neither gets a gradient."""

    def build(self, shape):
        self.down = self.add_weight(shape=(shape[-1], 6), initializer="zeros", name="down")
        self.up = self.add_weight(shape=(6, 1), initializer="zeros", name="up")

    def call(self, x):
        return x @ self.down @ self.up


def data():
    x = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
    return x, x[:, :1] - x[:, 1:2]


def fitted():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), Narrow()])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(*data(), epochs=10, verbose=0)


def taped():
    keras.utils.set_random_seed(0)
    model, optimizer = keras.Sequential([keras.Input((4,)), Narrow()]), keras.optimizers.Adam(0.01)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )

    for _ in range(10):
        for x, y in tf.data.Dataset.from_tensor_slices(data()).batch(32):
            step(x, y)


@pytest.mark.slow
@pytest.mark.parametrize("program", [taped, pytest.param(fitted, marks=pytest.mark.whole)])
def test_matrices_that_begin_equal_are_drawn_anew(program):
    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code is Code.BAD_INITIALIZATION and "'down', 'up'" in report.causes[0].evidence
    assert [remedy.name for remedy in report.plan] == ["reinitialize-weights"]
    assert report.attempts[-1].learning.value > 0.9


def test_a_draw_from_a_range_without_width_is_a_constant():
    start = keras.initializers.RandomUniform(0.05)  # the other end is 0.05 as well
    drawn = (start, keras.initializers.RandomNormal(stddev=0.0), keras.initializers.RandomUniform(-0.05))
    model = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(6, kernel_initializer=each) for each in drawn)])
    assert [layer.initializer for layer in model_facts(model).layers] == ["Constant", "Constant", "RandomUniform"]

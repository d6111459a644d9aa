"""Where the data of a loop are made is told by the text of its file: of a function's parameters, a tape's block, and calls."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import Code

pytestmark = pytest.mark.slow


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(1)])


def traced():
    model, optimizer = network(), keras.optimizers.Adam(0.01)

    @tf.function
    def step(rows, wanted):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(rows, training=True) - wanted))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    table = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
    table[::7, 1] = np.nan  # made
    scaled = table / 2
    wanted = np.nansum(table, axis=1, keepdims=True)
    batches = tf.data.Dataset.from_tensor_slices((scaled, wanted)).batch(32)
    for _ in range(3):
        for rows, sums in batches:
            step(rows, sums)


def eager():
    model, optimizer = network(), keras.optimizers.Adam(0.01)
    table = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
    spread = np.where(np.arange(4) == 2, 0.0, table.std(axis=0)).astype("float32")
    scaled = (table - table.mean(axis=0)) / spread  # made
    wanted = table[:, :1]
    for start in [*range(0, 320, 32)] * 3:
        rows, aims = tf.constant(scaled[start : start + 32]), tf.constant(wanted[start : start + 32])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(rows, training=True) - aims))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)


def on_batches():
    model = network()
    model.compile(keras.optimizers.Adam(0.01), "mse")
    table = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
    logs = np.where(table > 0, np.log(np.abs(table)), np.nan)  # made
    for start in [*range(0, 320, 32)] * 3:
        model.train_on_batch(logs[start : start + 32], table[start : start + 32, :1])


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
@pytest.mark.parametrize("program", [traced, eager, on_batches])
def test_gaps_in_what_a_loop_is_given_have_the_line_that_made_them(program):
    cause = autostable.run(program).causes[0]
    assert (cause.code, cause.site.source[-6:]) == (Code.DATA_NONFINITE, "# made")

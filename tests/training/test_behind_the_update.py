"""What a step does with its variables behind the optimizer's update is part of it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict


def embedded():
    """Rows of a table are brought to length one after each update; the first is of zeros, and in no batch."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    start = rng.normal(size=(20, 4)).astype("float32")
    start[0] = 0.0
    table, optimizer = tf.Variable(start, name="table"), keras.optimizers.Adam(0.01)

    @tf.function
    def step(left, right):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.gather(table, left) - tf.gather(table, right)))
        optimizer.apply_gradients([(tape.gradient(loss, table), table)])
        table.assign(table / tf.norm(table, axis=1, keepdims=True))
        return loss

    for _ in range(40):
        left = rng.integers(1, 20, 16)
        step(tf.constant(left), tf.constant((left % 4) + 1))


@pytest.mark.slow
def test_a_division_behind_the_update_is_found():
    report = autostable.run(embedded)
    assert report.verdict is Verdict.REPAIRED
    assert [remedy.name for remedy in report.plan] == ["epsilon-loss"]
    assert report.causes[0].code is Code.UNSAFE_DIVISION
    assert report.site.source == "table.assign(table / tf.norm(table, axis=1, keepdims=True))"

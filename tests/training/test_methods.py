"""Steps that are traced methods of an object: what fails in them has a line of the user's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow


class Trainer:
    """A network with its optimizer and its step, as many programs have it."""

    def __init__(self):
        keras.utils.set_random_seed(0)
        self.net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
        self.optimizer = keras.optimizers.Adam(0.01)

    @tf.function
    def step(self, x, y):
        with tf.GradientTape() as tape:
            answer = tf.nn.relu(self.net(x)[:, 0])
            loss = tf.reduce_mean(tf.square(tf.math.log(answer) - y))
            if tf.reduce_any(x > 100.0):  # AutoGraph makes something else of it
                loss *= 2.0
        self.optimizer.apply(tape.gradient(loss, self.net.trainable_variables), self.net.trainable_variables)
        return loss


def program():
    trainer = Trainer()
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    for _ in range(40):
        trainer.step(tf.constant(x), tf.constant(np.log(1.0 + np.abs(x[:, 0]))))


def test_a_traced_method_that_fails_has_its_own_line():
    report = autostable.run(program)
    assert report.site.source == "loss = tf.reduce_mean(tf.square(tf.math.log(answer) - y))"
    assert report.causes[0].code is Code.UNSAFE_LOG and report.causes[0].site.line == report.site.line
    assert report.verdict is Verdict.REPAIRED and report.plan[0].name == "epsilon-loss"
    assert [guard["line"] for guard in report.plan[0].parameters["guards"]] == [report.site.line]

"""Trainings of which only that they are finite and bounded can be told: the report says that, and no more."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from autostable.records import Verdict

pytestmark = pytest.mark.slow

UNTOLD = "Finite and bounded; whether it learns is not known."


def adversaries():
    """Two networks against each other: one makes numbers, the other tells them from those that are given."""
    keras.utils.set_random_seed(0)
    real = tf.constant(np.random.default_rng(0).normal(2.0, 0.5, (256, 2)).astype("float32"))
    maker = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(2)])
    judge = keras.Sequential([keras.Input((2,)), layers.Dense(16, "relu"), layers.Dense(1)])
    makes, judges = keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3)
    loss_of = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def step(batch, noise):
        with tf.GradientTape() as one, tf.GradientTape() as other:
            made = maker(noise, training=True)
            yes, no = judge(batch, training=True), judge(made, training=True)
            told = loss_of(tf.ones_like(yes), yes) + loss_of(tf.zeros_like(no), no)
            fooled = loss_of(tf.ones_like(no), no)
        judges.apply(one.gradient(told, judge.trainable_variables), judge.trainable_variables)
        makes.apply(other.gradient(fooled, maker.trainable_variables), maker.trainable_variables)
        return told, fooled

    drawn = np.random.default_rng(1)
    for number in range(160):
        at = 32 * (number % 8)
        step(real[at : at + 32], tf.constant(drawn.normal(size=(32, 4)).astype("float32")))
    return [*maker.get_weights(), *judge.get_weights()]


def q_values():
    """Q-learning that computes its loss within the model, from transitions; what `fit` is given as a target is a dummy."""
    keras.utils.set_random_seed(0)
    drawn = np.random.default_rng(0)
    state, reward, then = (drawn.normal(size=shape).astype("float32") for shape in ((640, 4), (640, 1), (640, 4)))
    action = np.eye(3, dtype="float32")[drawn.integers(0, 3, 640)]
    values = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(3)])
    inputs = [keras.Input((size,)) for size in (4, 3, 1, 4)]
    best = layers.Lambda(lambda each: ops.stop_gradient(ops.max(each, axis=-1, keepdims=True)))(values(inputs[3]))
    chosen = ops.sum(values(inputs[0]) * inputs[1], axis=-1, keepdims=True)
    model = keras.Model(inputs, chosen - inputs[2] - 0.9 * best)
    model.compile(keras.optimizers.Adam(1e-3), lambda dummy, error: ops.mean(ops.square(error), axis=-1))
    model.fit([state, action, reward, then], np.zeros((640, 1), "float32"), epochs=6, batch_size=32, verbose=0)
    return model.get_weights()


@pytest.mark.parametrize("program", [adversaries, q_values])
def test_the_report_says_that_no_more_can_be_told(program, stories):
    alone, found = program(), []
    (story,) = stories(lambda: found.extend(program()), repair=True)
    assert (story.verdict, story.plan, story.causes, story.symptom) == (Verdict.HEALTHY, (), (), None)
    assert story.notes == (UNTOLD,)
    assert len(story.attempts) == 1
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(found, alone, strict=True))

"""What a step of one's own compares its answers with, where it is not called with it: a pipeline that it reads itself."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Code
from autostable.training.replay import aims
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = np.arange(8, dtype="float32")[:, None]
WEIGHT = tf.Variable(np.ones((3, 1), "float32"))


def compared_in(step):
    replay, answers = Replay(updates=False), []

    def taken(x, y):
        answers.append(x @ WEIGHT)
        return step(x, y, answers[0])

    batches = iter(tf.data.Dataset.from_tensor_slices((X, Y)).batch(8))
    with eagerly():
        run(lambda: taken(*next(batches)), replay)
    found = aims.compared(replay, answers[0])
    return None if found is None else (found[0], np.asarray(found[1]).tolist())


@pytest.mark.parametrize(
    ("step", "loss"),
    [
        (lambda x, y, p: tf.reduce_mean(tf.square(p - y)), "mean_squared_error"),
        (lambda x, y, p: tf.reduce_mean((y - p) ** 2), "mean_squared_error"),
        (lambda x, y, p: tf.reduce_mean(tf.math.squared_difference(p, y)), "mean_squared_error"),
        (lambda x, y, p: tf.reduce_sum(tf.abs(y - p)), "mean_absolute_error"),
    ],
)
def test_the_error_of_an_answer(step, loss):
    assert compared_in(step) == (loss, Y.tolist())


@pytest.mark.parametrize(
    "step",
    [
        lambda x, y, p: tf.reduce_mean(p - y),  # no error: it has a sign
        lambda x, y, p: tf.reduce_mean(tf.square(y - x[:, :1])),  # no answer
        lambda x, y, p: tf.reduce_mean(tf.square(p - 0.9 * p)),  # nothing that was given
        lambda x, y, p: tf.reduce_mean(tf.square(p - y[:, 0])),  # (8, 1) against (8,)
    ],
)
def test_what_is_no_error_of_an_answer(step):
    assert compared_in(step) is None


def test_of_several_errors_nobody_says_which_is_which():
    def step(x, y, p):
        first = tf.square(p - y)
        return first + tf.square(2.0 * p - x[:, :1])

    assert compared_in(step) is None


def reading_by_itself():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.1)
    data = tf.data.Dataset.from_tensor_slices((X, 1e5 + 2e4 * X[:, :1])).batch(4)
    optimizer.build(model.trainable_variables)

    @tf.function
    def one_pass():
        for x, y in data:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x) - y))
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    for _ in range(20):
        one_pass()


@pytest.mark.slow
def test_raw_targets_that_a_function_reads_itself(stories):
    (story,) = stories(reading_by_itself)
    assert story.causes[0].code is Code.DATA_UNSCALED_TARGETS
    assert (story.evidence.model.loss, story.evidence.targets[0].name) == ("mean_squared_error", "y")

"""A loss may rise where a program makes its own targets and these grow; with given targets it has diverged."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code, Verdict
from autostable.repair.ladders import prescribe
from autostable.training.replay import aims
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import differentiated, eagerly, run

pytestmark = pytest.mark.slow


def data():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(640, 4)).astype("float32")
    noise = np.random.default_rng(1).normal(size=(640, 1))
    return x, (x[:, :1] - x[:, 1:2] + 0.7 * noise).astype("float32")


def network():
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(1)])


def batches(steps):
    for number in range(steps):
        yield number, slice(number % 20 * 32, number % 20 * 32 + 32)


def on_batches(growth):
    x, y = data()
    model = network()
    model.compile(keras.optimizers.Adam(0.01), "mse")
    for number, part in batches(600):
        model.train_on_batch(x[part], y[part] * (1.0 + growth * number))


def in_a_loop(growth, faster=1.0):
    x, y = data()
    model, optimizer = network(), keras.optimizers.Adam(0.01)

    @tf.function
    def step(rows, targets):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(targets - model(rows, training=True)))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    for number, part in batches(600):
        optimizer.learning_rate.assign(0.01 * faster**number)
        step(tf.constant(x[part]), tf.constant(y[part] * np.float32(1.0 + growth * number)))


@pytest.mark.parametrize("program", [on_batches, in_a_loop])
def test_targets_that_grow_are_no_divergence(program, stories):
    (story,) = stories(lambda: program(0.05))
    assert story.verdict is Verdict.HEALTHY
    assert story.attempts[0].loss_last > 2 * story.attempts[0].loss_first
    assert story.attempts[0].learning.reason == "learnt"


def test_the_slots_of_an_optimizer_are_no_other_network(stories):
    """Adam keeps matrices of its own: that a step reads them does not say that its targets move."""
    (story,) = stories(lambda: in_a_loop(0.0, faster=1.02))
    assert story.verdict is Verdict.UNREPAIRED and story.symptom.kind == "diverged"


def answers_among_targets():
    """Q-learning by hand: the best answer behind each action goes into its target."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, 400, 4)).astype("float32")
    actions, rewards = rng.integers(0, 3, 400), 100.0 * (rng.random(400) < 0.1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(32, "relu"), layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.3), "mse")
    for _ in range(60):
        rows = rng.integers(0, 400, 64)
        target = np.array(model(before[rows]))
        target[np.arange(64), actions[rows]] = rewards[rows] + 0.8 * np.array(model(after[rows])).max(axis=1)
        model.train_on_batch(before[rows], target)


def test_targets_that_ran_away_with_the_answers_are_no_bad_data(stories):
    (story,) = stories(answers_among_targets)
    assert story.evidence.course.targets_move
    assert story.causes[0].code is Code.LEARNING_RATE_TOO_HIGH
    assert Code.DATA_NONFINITE not in {cause.code for cause in story.causes}
    names = [each.name for each in prescribe(story.causes, story.evidence)]
    assert names.index("lower-learning-rate") < names.index("rescale-targets")


def test_given_targets_that_are_raw_have_not_moved(stories):
    def program():
        x, y = data()
        model = network()
        model.compile(keras.optimizers.SGD(0.3), "mse")
        for _, part in batches(60):
            model.train_on_batch(x[part], 1e4 * y[part])

    (story,) = stories(program)
    assert story.causes[0].code is Code.DATA_UNSCALED_TARGETS and not story.evidence.course.targets_move


SCORES, ACTIONS = tf.Variable([[0.5, -0.2], [0.1, 0.4], [-0.3, 0.2]]), tf.one_hot([0, 1, 1], 2)
ADVANTAGES, WEIGHTS = tf.constant([0.7, -0.2, -0.5]), tf.constant([0.7, 0.2, 0.5])


def chosen():
    return tf.reduce_sum(tf.nn.log_softmax(SCORES) * ACTIONS, axis=1)


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        (lambda: -tf.reduce_mean(chosen() * ADVANTAGES), True),
        (lambda: tf.reduce_sum(ADVANTAGES[:, None] * -chosen()[:, None]), True),
        (lambda: -tf.reduce_mean(chosen() * WEIGHTS), False),  # weights of rows
        (lambda: tf.reduce_mean(tf.square(SCORES[:, 0] * ADVANTAGES)), False),  # no likelihoods
        (lambda: -tf.reduce_mean(chosen()) + tf.reduce_sum(ADVANTAGES * ADVANTAGES), False),
        (lambda: -tf.reduce_mean(chosen() * SCORES[:, 0]), False),  # of what is trained itself
    ],
)
def test_a_loss_of_advantages_has_no_floor(loss, found):
    replay = Replay()

    def step():
        with tf.GradientTape() as tape:
            value = loss()
        replay.loss = [value]
        differentiated(replay, tape.gradient(value, [SCORES]), [SCORES])

    with eagerly():
        run(step, replay)
    assert aims.weighs_both_ways(replay) is found

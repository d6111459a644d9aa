"""Loops that have learnt something, and less than a plain model: sick if, and only if, a fresh run with a plan is better."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import Verdict
from autostable.training import again
from autostable.training.session import Session

pytestmark = pytest.mark.slow
CURE = "lower-learning-rate"  # one that has come to 0 is none: the usual one takes its place
IGNORED = (CURE, "raise-learning-rate")


def soon_over(calls):
    """A loop whose rate is gone before it has got half of the way;
    what it returns counts its calls."""
    calls.append(len(calls))
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(640, 4)).astype("float32")
    y = (x[:, :1] - x[:, 1:2]).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(1)])
    rate = keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.5)
    optimizer = keras.optimizers.Adam(rate)

    @tf.function
    def step(rows, targets):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((targets - model(rows, training=True)) ** 2)
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    for number in range(400):
        part = slice(number % 20 * 32, number % 20 * 32 + 32)
        step(tf.constant(x[part]), tf.constant(y[part]))
    return len(calls)


def test_a_suspect_that_a_plan_cures_is_repaired():
    calls = []
    train = autostable.stabilize(seed=0)(soon_over)
    last = train(calls)
    assert train.report.verdict is Verdict.REPAIRED and [step.name for step in train.report.plan] == [CURE]
    assert train.report.attempts[0].learning.reason == "short-reach" and train.report.attempts[-1].learning.value > 0.85
    assert last == len(calls) > 1


def test_a_suspect_that_no_plan_cures_is_healthy_and_keeps_its_value():
    calls = []
    train = autostable.stabilize(seed=0, ignore=IGNORED)(soon_over)
    assert train(calls) == 1
    assert train.report.verdict is Verdict.HEALTHY and train.report.symptom is None and not train.report.plan
    assert any("A plain model reaches more" in note for note in train.report.notes)


@pytest.mark.parametrize("ignore", [(), IGNORED])
def test_a_suspect_among_trials_is_not_lost(ignore, watch):
    calls = []
    with watch(repair=True, ignore=ignore) as session:
        value = again.conducted(session, lambda: soon_over(calls), lambda story: AssertionError(story))
    (story,) = session.stories
    assert isinstance(session, Session) and not story.asks_fresh
    assert (story.verdict, value) == ((Verdict.HEALTHY, 1) if ignore else (Verdict.REPAIRED, len(calls)))

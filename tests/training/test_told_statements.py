"""What the record of a run keeps of its statements, and what a plain model makes of the same data."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Verdict, to_json

pytestmark = pytest.mark.slow


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6)).astype("float32")
    return x, (x @ np.array([1.0, -2.0, 0.5, 0.0, 0.2, 1.0]) + 0.1 * rng.normal(size=400)).astype("float32")


def network(outputs=1):
    keras.utils.set_random_seed(0)
    given = keras.Input((6,))
    hidden = keras.layers.Dense(16, "relu")(given)
    return keras.Model(given, [keras.layers.Dense(1)(hidden) for _ in range(outputs)])


def answers(statements, *names):
    return [str(statements[name].answer) for name in names]


def test_of_a_healthy_fit_each_output_has_its_own(watch):
    (x, y), model = data(), network(outputs=2)
    model.compile(keras.optimizers.Adam(0.02), ["mse", "mse"])
    with watch(repair=True) as session:
        model.fit(x, [y, y[::-1] * 0 + np.random.default_rng(1).normal(size=len(y))], epochs=15, verbose=0)
    (attempt,) = session.stories[0].attempts
    tells, noise = attempt.statements
    assert answers(tells, "finite", "bounded", "signal", "skill", "reach") == ["yes"] * 5
    assert tells["skill"].figure > 0.9 and answers(tells, "blind", "endless", "unseen") == ["no", "unknown", "unknown"]
    assert answers(noise, "finite", "bounded", "finds") == ["yes", "yes", "no"]
    json.dumps(to_json(attempt), allow_nan=False)


def test_a_healthy_fit_is_not_held_against_a_plain_model_for_the_report_alone(watch):
    (x, y), model = data(), network()
    model.compile(keras.optimizers.Adam(0.02), "mse")
    with watch(repair=True) as session:
        model.fit(x, y, epochs=15, verbose=0)
    (attempt,) = session.stories[0].attempts
    assert attempt.learning.reason == "learnt" and attempt.learning.model is None
    assert attempt.statements[0]["finds"].why == "the network itself has found it"


def test_a_repaired_fit_has_those_of_baseline_and_winner_and_a_plain_model(watch):
    (x, y), model = data(), network()
    model.compile(keras.optimizers.SGD(10.0), "mse")
    with watch(repair=True) as session:
        model.fit(x, y, epochs=20, verbose=0)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED
    baseline, winner = story.attempts[0], next(each for each in story.attempts if each.kind == "full")
    (failed,), (held,) = baseline.statements, winner.statements
    assert failed["finite"].no and failed["finite"].why == baseline.why == "non-finite loss in step 3"
    assert answers(failed, "bounded", "signal") == ["unknown", "unknown"]
    assert answers(held, "finite", "bounded", "signal", "skill") == ["yes"] * 4
    assert all(not each.statements for each in story.attempts if each.kind == "probe")
    assert (winner.learning.model, winner.learning.figure) == ("ridge", "R2") and winner.learning.plain > 0.97


def test_a_loop_that_fails_and_one_that_learns(stories):
    x, y = (tf.constant(part) for part in data())

    def program(rate):
        model, optimizer = network(), keras.optimizers.SGD(rate)
        for _ in range(60):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((model(x)[:, 0] - y) ** 2)
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    (failed,) = stories(lambda: program(100.0))
    (learnt,) = stories(lambda: program(0.03))
    assert answers(failed.attempts[0].statements[0], "finite", "signal") == ["no", "unknown"]
    assert answers(learnt.attempts[0].statements[0], "finite", "bounded", "signal") == ["yes", "yes", "yes"]

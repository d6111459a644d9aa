"""Loops without any optimizer: gradients from a tape, variables updated by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Remedy, Verdict


def _program(traced: bool, losses: list[float]):
    def program() -> None:
        rows = tf.constant([[-3.0], [200.0], [1.0], [-1.0]])
        labels = tf.constant([[0.0], [1.0], [1.0], [0.0]])
        weight = tf.Variable([[0.0]])

        def step() -> tf.Tensor:
            with tf.GradientTape() as tape:
                chance = tf.sigmoid(rows @ weight)
                loss = -tf.reduce_mean(labels * tf.math.log(chance) + (1.0 - labels) * tf.math.log(1.0 - chance))
            weight.assign_sub(0.5 * tape.gradient(loss, weight))
            return loss

        run = tf.function(step) if traced else step
        for _ in range(4):
            losses.append(float(run()))

    return program


@pytest.mark.parametrize("traced", [False, True])
def test_the_bad_step_is_seen(stories, traced: bool) -> None:
    (story,) = stories(_program(traced, []))
    assert story.verdict is Verdict.UNREPAIRED
    assert (story.symptom.step, story.symptom.first_seen_in) == (1, "loss")


@pytest.mark.parametrize("traced", [False, True])
def test_the_learning_rates_knob_goes_into_the_gradients(stories, traced: bool) -> None:
    losses: list[float] = []
    plan = (Remedy("lower-learning-rate", {"factor": 1e-4}),)
    (story,) = stories(_program(traced, losses), plans={"0": plan})
    assert story.verdict is Verdict.REPAIRED
    assert np.isfinite(losses).all() and len(losses) == 4 and losses[-1] < losses[0]


def _unused_rows(traced: bool, start: float = 0.0):
    """Squares of gradients by hand, with a root that is 0 where a row was never met."""

    def program() -> None:
        weight, seen = tf.Variable(tf.ones((3, 1))), tf.Variable(tf.fill((3, 1), start))
        rows, targets = tf.constant([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), tf.constant([[2.0], [3.0]])

        def step() -> None:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(rows @ weight - targets))
            slope = tape.gradient(loss, weight)
            seen.assign_add(tf.square(slope))
            weight.assign_sub(0.1 * slope / tf.sqrt(seen))

        run = tf.function(step) if traced else step
        for _ in range(40):
            run()
        assert not np.isnan(weight.numpy()).any()

    return program


@pytest.mark.slow
@pytest.mark.parametrize("traced", [False, True])
def test_an_update_by_hand_that_divides_by_zero_is_found_and_mended(traced: bool) -> None:
    report = autostable.run(_unused_rows(traced))
    assert report.symptom.kind == "nonfinite"
    assert report.causes[0].code is Code.UNSAFE_DIVISION
    assert report.site.op == "RealDiv" and "slope / tf.sqrt(seen)" in report.site.source
    assert report.verdict is Verdict.REPAIRED and [step.name for step in report.plan] == ["epsilon-loss"]


def test_a_look_at_the_last_step_updates_nothing(watch) -> None:
    weights: list[tf.Variable] = []

    def program() -> None:
        weights.append(tf.Variable([[1.0]]))

        @tf.function
        def step(rows: tf.Tensor) -> None:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(rows @ weights[0])
            weights[0].assign_sub(tape.gradient(loss, weights[0]))

        for _ in range(4):
            step(tf.ones((2, 1)))

    with watch() as session:
        program()
        assert session.loop._latest_replayed() is not None
    assert weights[0].numpy() == [[-3.0]]


def _bare_network(start, activation):
    """Three matrices of numbers that begin as `start` says, and activations between them."""

    def program() -> float:
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).uniform(size=(640, 40)).astype("float32")
        y = (x[:, :1] + x[:, 1:2] > 1.0).astype("float32")
        weights = [tf.Variable(start(shape)) for shape in ((40, 20), (20, 10), (10, 1))]

        @tf.function
        def step(rows: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                hidden = activation(rows @ weights[0])
                hidden = activation(hidden @ weights[1])
                logits = hidden @ weights[2]
                loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, logits))
            for weight, slope in zip(weights, tape.gradient(loss, weights), strict=True):
                weight.assign_sub(1.0 * slope)
            return loss

        for number in range(1500):
            part = slice(number % 10 * 64, number % 10 * 64 + 64)
            loss = step(tf.constant(x[part]), tf.constant(y[part]))
        return float(loss)

    return program


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "activation", "code"),
    [
        (lambda shape: tf.random.uniform(shape, seed=1), tf.sigmoid, Code.SATURATED_ACTIVATION),
        (tf.zeros, tf.tanh, Code.BAD_INITIALIZATION),
    ],
    ids=["all positive", "zeros"],
)
def test_matrices_without_layers_are_drawn_anew(start, activation, code) -> None:
    train = autostable.stabilize(seed=0)(_bare_network(start, activation))
    assert train() < 0.5
    report = train.report
    assert report.verdict is Verdict.REPAIRED and report.causes[0].code is code
    (remedy,) = report.plan
    assert remedy.name == "reinitialize-weights"
    assert remedy.parameters["initializers"] == {f"variable {place}": "glorot_uniform" for place in range(3)}


def _factors(start):
    """A table of ratings as the product of two tables of factors; of three arrays nobody knows which belong together."""

    def program() -> None:
        keras.utils.set_random_seed(0)
        rng = np.random.default_rng(0)
        user, item = rng.integers(0, 40, 2000), rng.integers(0, 30, 2000)
        rating = (rng.normal(size=(40, 2))[user] * rng.normal(size=(30, 2))[item]).sum(axis=1).astype("float32")
        users, items, offset = tf.Variable(start((40, 3))), tf.Variable(start((30, 3))), tf.Variable(0.0)
        optimizer = keras.optimizers.Adam(0.05)

        @tf.function
        def step(u: tf.Tensor, i: tf.Tensor, r: tf.Tensor) -> None:
            with tf.GradientTape() as tape:
                guess = offset + tf.reduce_sum(tf.gather(users, u) * tf.gather(items, i), axis=1)
                loss = tf.reduce_mean(tf.square(r - guess))
            slopes = [tf.convert_to_tensor(each) for each in tape.gradient(loss, [users, items, offset])]
            optimizer.apply_gradients(zip(slopes, [users, items, offset], strict=True))

        for number in range(400):
            part = slice(number % 20 * 100, number % 20 * 100 + 100)
            step(tf.constant(user[part]), tf.constant(item[part]), tf.constant(rating[part]))

    return program


@pytest.mark.slow
def test_tables_of_zeros_that_stay_zeros_are_sick() -> None:
    report = autostable.run(_factors(tf.zeros))
    assert report.causes[0].code is Code.BAD_INITIALIZATION
    assert "users, items, offset = tf.Variable" in report.causes[0].site.source
    assert report.verdict is Verdict.REPAIRED and [step.name for step in report.plan] == ["reinitialize-weights"]
    assert report.attempts[0].loss_last > 1.0 > 0.1 > report.attempts[-1].loss_last


@pytest.mark.slow
def test_tables_that_moved_are_left_alone() -> None:
    report = autostable.run(_factors(lambda shape: tf.random.normal(shape, stddev=0.1, seed=1)))
    assert report.verdict is Verdict.HEALTHY and not report.causes

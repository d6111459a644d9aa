"""Gaps in the data that a mask leaves out only behind an operation: 0 * NaN is NaN."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict
from autostable.setup import How, OperationGuard
from autostable.training import operations
from autostable.training.replay import entries
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

ROWS = np.array([[1.0, np.nan], [2.0, 3.0]], "float32")
KNOWN = np.isfinite(ROWS).astype("float32")


def masked_in(step):
    replay = Replay(updates=False)
    with eagerly():
        run(lambda: step(tf.constant(ROWS)), replay)
    found = entries.late_mask(replay)
    return None if found is None else (found.op, found.argument, found.site.source)


def test_where_they_come_in():
    def late(rows):
        error = tf.square(1.0 - rows)
        return tf.reduce_sum(error * KNOWN)

    assert masked_in(late) == ("Sub", 1, "error = tf.square(1.0 - rows)")


@pytest.mark.parametrize(
    "step",
    [
        lambda rows: tf.square(1.0 - rows) * tf.constant([[1.0, 0.0], [1.0, 1.0]])[::-1],  # not all of them
        lambda rows: tf.square(1.0 - rows) * 2.0,
        lambda rows: rows * KNOWN,  # nothing is computed with them before
        lambda rows: tf.square(1.0 - tf.where(KNOWN > 0, rows, 0.0)) * KNOWN,
    ],
)
def test_what_is_no_mask_that_comes_too_late(step):
    assert masked_in(step) in (None, ("Mul", 0, "lambda rows: rows * KNOWN,  # nothing is computed with them before"))


def test_a_guard_makes_them_harmless_there():
    guards, x = operations.GuardedOperations(), tf.Variable(ROWS * 0 + 1.0)
    x.assign(tf.ones_like(x))
    guards.set(lambda: [OperationGuard("Sub", None, None, None, 0.0, how=How.FINITE)])
    try:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(KNOWN * tf.square(x - tf.constant(ROWS)))
    finally:
        guards.clear()
    assert float(loss) == 5.0 and np.array_equal(tape.gradient(loss, x), [[0.0, 0.0], [-2.0, -4.0]])


def rebuilding(in_fit):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    whole = (rng.normal(size=(640, 2)) @ rng.normal(size=(2, 8))).astype("float32")
    x = np.where(rng.random(whole.shape) < 0.3, np.nan, whole)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "tanh"), keras.layers.Dense(8)])
    optimizer = keras.optimizers.Adam(0.01)

    def step(rows):
        known = tf.cast(tf.math.is_finite(rows), tf.float32)
        with tf.GradientTape() as tape:
            answer = model(tf.where(known > 0, rows, 0.0), training=True)
            loss = tf.reduce_sum(known * (answer - rows) ** 2) / tf.reduce_sum(known)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    if in_fit:

        class Rebuilder(keras.Model):
            def call(self, rows):
                return model(rows)

            def train_step(self, rows):
                return {"loss": step(rows)}

        rebuilder = Rebuilder()
        rebuilder.compile(optimizer)
        rebuilder.fit(x, epochs=10, batch_size=32, verbose=0)
    else:
        traced = tf.function(step)
        for start in [*range(0, 640, 32)] * 10:
            traced(tf.constant(x[start : start + 32]))


@pytest.mark.slow
@pytest.mark.parametrize("in_fit", [True, False])
def test_a_training_is_repaired_and_its_source_with_it(in_fit):
    report = autostable.run(lambda: rebuilding(in_fit))
    cause = report.causes[0]
    assert (report.verdict, cause.code) == (Verdict.REPAIRED, Code.DATA_NONFINITE)
    assert cause.site.source.startswith("loss = tf.reduce_sum(known * (answer - rows) ** 2)")
    assert cause.evidence.endswith(
        "a mask multiplies them by 0, but 0 * NaN is NaN: what is masked has to be finite before"
    )
    assert [step.name for step in report.plan] == ["ignore-missing-labels"]
    assert "(answer - tf.where(tf.math.is_finite(rows), rows, 0.0)) ** 2" in report.diff


def panel(masked):
    """A quarter of what is to be foretold was never measured."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(640, 5)).astype("float32")
    y = (x @ np.random.default_rng(1).normal(size=(5, 3))).astype("float32")
    y[np.random.default_rng(2).random(y.shape) < 0.25] = np.nan
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(24, "relu"), keras.layers.Dense(3)])
    optimizer = keras.optimizers.Adam(0.01)

    @tf.function
    def step(rows, measured):
        with tf.GradientTape() as tape:
            loss = masked(measured, model(rows, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    for start in [*range(0, 640, 32)] * 10:
        step(tf.constant(x[start : start + 32]), tf.constant(y[start : start + 32]))


def squares_first(measured, answers):
    error = tf.square(measured - answers)
    return tf.reduce_mean(tf.where(tf.math.is_nan(error), 0.0, error))  # too late


def difference_first(measured, answers):
    off = answers - measured
    return tf.reduce_mean(tf.where(tf.math.is_finite(off), tf.square(off), tf.zeros_like(off)))  # too late


def difference_alone(measured, answers):
    off = answers - measured
    return tf.reduce_mean(tf.abs(tf.where(tf.math.is_finite(off), off, tf.zeros_like(off))))  # its derivative is 1


def filled_first(measured, answers):
    known = tf.math.is_finite(measured)
    return tf.reduce_mean(tf.where(known, tf.square(tf.where(known, measured, 0.0) - answers), 0.0))


@pytest.mark.slow
@pytest.mark.parametrize("masked", [squares_first, difference_first])
def test_a_where_that_leaves_gaps_out_of_the_loss_alone_is_the_line(masked):
    report = autostable.run(lambda: panel(masked))
    assert (report.verdict, [step.name for step in report.plan]) == (Verdict.REPAIRED, ["ignore-missing-labels"])
    assert [cause.code for cause in report.causes[:2]] == [Code.UNSAFE_WHERE, Code.DATA_NONFINITE]
    assert all(cause.site.source.endswith("# too late") for cause in report.causes[:2])


@pytest.mark.slow
@pytest.mark.parametrize("masked", [filled_first, difference_alone])
def test_a_where_in_time_is_left_alone(masked):
    assert autostable.run(lambda: panel(masked)).verdict is Verdict.HEALTHY

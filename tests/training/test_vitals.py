"""What steps leave on the device, and what the host makes of it."""

import numpy as np
import pytest
import tensorflow as tf

from autostable.training.vitals import CAPACITY, UNKNOWN, Vitals, check, showable, shown

JIT = pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])


def run(vitals, losses, *, jit, updates=1):
    @tf.function(jit_compile=jit)
    def step(loss):
        for number in range(updates):
            count = vitals.count()
            shown_loss = loss + float(number)
            vitals.record([shown_loss, 2.0 * shown_loss, shown_loss, 0.0, 0.0, 0.0, 0.0], count, count >= 0)
        if updates != 1:
            vitals.mark_batch()

    for loss in losses:
        step(tf.constant(loss, tf.float32))


@JIT
def test_good_steps(jit):
    vitals = Vitals()
    run(vitals, [1.0, 2.0, 3.0], jit=jit)
    assert vitals.progress() == (3, False)
    assert shown(vitals.rows(0, 3), 0) == [1.0, 2.0, 3.0]
    assert shown(vitals.rows(1, 3), 1) == [4.0, 6.0]
    vitals.reset()
    assert vitals.progress() == (0, False)


@JIT
@pytest.mark.parametrize("after", [0, 1, 5])
def test_nothing_counts_after_a_bad_step(jit, after):
    vitals = Vitals()
    run(vitals, [1.0, np.nan, *[4.0, np.inf, 5.0, 6.0, np.nan][:after]], jit=jit)
    assert vitals.progress() == (2, True)
    assert np.isnan(vitals.rows(1, 2)[0, 2])
    assert vitals.batch_of(1) == 1


def test_a_bad_step_is_kept_however_many_follow():
    vitals = Vitals()

    @tf.function
    def many():
        for number in tf.range(3 * CAPACITY):
            count = vitals.count()
            loss = tf.where(number == CAPACITY + 7, np.float32(np.inf), np.float32(1.0))
            vitals.record([loss, 0.0, loss, 0.0, 0.0, 0.0, 0.0], count, count >= 0)

    many()
    steps, bad = vitals.progress()
    assert (steps, bad) == (CAPACITY + 8, True)
    rows = vitals.rows(0, steps)
    assert len(rows) == CAPACITY
    assert np.isinf(rows[-1, 2])
    assert np.isfinite(rows[:-1]).all()


@JIT
def test_batches_of_several_updates(jit):
    vitals = Vitals()
    run(vitals, [1.0, 1.0, np.nan, 1.0], jit=jit, updates=2)
    steps, bad = vitals.progress()
    assert (steps, bad) == (5, True)
    assert [vitals.batch_of(step) for step in range(5)] == [0, 0, 1, 1, 2]


@JIT
def test_skipped_steps_are_good(jit):
    vitals = Vitals()

    @tf.function(jit_compile=jit)
    def step(loss):
        count = vitals.count()
        skip = tf.logical_not(tf.math.is_finite(loss)) & (vitals.skips() < 1)
        vitals.record([loss, 0.0, loss, 0.0, 0.0, 0.0, 0.0], count, count >= 0, skip)

    for loss in (1.0, np.nan, 1.0):
        step(tf.constant(loss, tf.float32))
    assert vitals.progress() == (3, False)
    assert vitals.skipped() == 1
    step(tf.constant(np.nan, tf.float32))
    assert vitals.progress() == (4, True)


def test_what_is_only_shown():
    values = tf.stack([showable(tf.constant(value)) for value in (1.5, np.nan, np.inf)])
    assert np.isfinite(values.numpy()).all()
    one, two, three = shown(values.numpy()[:, None], 0)
    assert one == 1.5
    assert np.isnan(two)
    assert np.isinf(three)
    assert values[1] == UNKNOWN
    assert check(tf.constant(True)) == 0.0
    assert np.isnan(check(tf.constant(False)))

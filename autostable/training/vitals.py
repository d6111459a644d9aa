"""The vitals of one training: what its steps leave on the device for the host to read now and then.

A step costs by its number of operations, not by its arithmetic. So the step only writes one row of
floats and moves one number on; which of the checks failed, and at which batch, the host works out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.training import finite, seams

CAPACITY = 512  # steps that the ring holds between two looks of the host
CHECKS = 5  # columns that are finite in a good step: loss, gradient, weight, state, progress
_BAD_STEP = 1 << 32  # taken off the count by every step that was not good
_LARGEST = float(np.finfo(np.float32).max)
UNKNOWN, INFINITE = -_LARGEST, _LARGEST  # stand for NaN and inf in the two columns that are only shown


class Vitals:
    """Device-side memory of the steps of one training; compiles under XLA, holds nothing of the user's model."""

    def __init__(self) -> None:
        with tf.init_scope():
            # row: loss, half the square of the gradients' norm, the checks; one more row for steps after a bad one
            self._ring = seams.LocalVariable(tf.zeros((CAPACITY + 1, 2 + CHECKS)), trainable=False, name="vitals")
            self._count = seams.LocalVariable(np.int64(0), trainable=False, name="steps")
            self._skips = seams.LocalVariable(np.int64(0), trainable=False, name="skips")
            self._pardons = seams.LocalVariable(np.bool_(False), trainable=False, name="pardons")
            self._batches = seams.LocalVariable(np.int64(0), trainable=False, name="batches")
            self._ends = seams.LocalVariable(np.zeros(CAPACITY, np.int64), trainable=False, name="ends")

    # -- inside the step ---------------------------------------------------------------------

    def count(self) -> Any:
        """Steps done; negative from the first bad one on."""
        return self._count.read_value()

    def skips(self) -> Any:
        """Updates skipped by a remedy."""
        return self._skips.read_value()

    def pardons(self) -> Any:
        """Whether a bad step is none for now (see `pardon`)."""
        return self._pardons.read_value()

    def record(self, row: Sequence[Any], count: Any, alive: Any, skip: Any = None, pardoned: Any = None) -> None:
        """Write the row of a step and count it.

        Args:
            row: Loss, half square sum, and the checks: float32 scalars.
            count: What `count` gave before the step.
            alive: Whether no step before was bad.
            skip: Whether a remedy skips this step, and its row does not matter.
            pardoned: Whether nothing in its row makes it a bad step.
        """
        packed = tf.stack([*row, *[0.0] * (2 + CHECKS - len(row))])
        good = tf.reduce_all(tf.math.is_finite(packed))
        if skip is not None:
            good |= skip
            self._skips.assign_add(tf.cast(skip, tf.int64))
        if pardoned is not None:
            good |= pardoned
        # the row of the bad step is not written over
        place = finite.chosen(alive, count % CAPACITY, tf.constant(CAPACITY, tf.int64))
        self._ring.scatter_update(tf.IndexedSlices(packed, place))
        one, bad = tf.constant(1, tf.int64), tf.constant(1 - _BAD_STEP, tf.int64)
        self._count.assign_add(finite.chosen(good & alive, one, bad))

    def mark_batch(self) -> None:
        """At the end of a batch that does not do exactly one update: note how many updates there have been."""
        batch = self._batches.read_value()
        self._ends.scatter_update(tf.IndexedSlices(self._count.read_value() % _BAD_STEP, batch % CAPACITY))
        self._batches.assign_add(1)

    # -- host side ---------------------------------------------------------------------------

    def pardon(self, pardons: bool) -> None:
        """Whether bad steps are none from now on, where steps ask."""
        with tf.init_scope():
            self._pardons.assign(pardons)

    def reset(self) -> None:
        """Forget all steps."""
        for number in (self._count, self._skips, self._batches):
            number.assign(0)

    @property
    def variables(self) -> tuple[Any, ...]:
        """All that is known of the steps so far."""
        return self._ring, self._count, self._skips, self._batches, self._ends

    def count_to(self, steps: int, skips: int | None = None) -> None:
        """Say how many steps there have been; for eager ones, which write no rows."""
        self._count.assign(steps)
        if skips is not None:
            self._skips.assign(skips)

    def progress(self) -> tuple[int, bool]:
        """Steps done up to the first bad one, itself counted, and whether there was one."""
        count = int(self._count.numpy())
        bad = -(count // _BAD_STEP)
        return count % _BAD_STEP - max(bad - 1, 0), bad > 0

    def skipped(self) -> int:
        """Updates skipped by a remedy."""
        return int(self._skips.numpy())

    def rows(self, begin: int, end: int) -> np.ndarray[Any, Any]:
        """The rows of those steps that the ring still holds."""
        places = np.arange(max(begin, end - CAPACITY), end) % CAPACITY
        rows: np.ndarray[Any, Any] = self._ring.numpy()[places]
        return rows

    def batch_of(self, step: int) -> int:
        """The batch in which a step was done, both counted from 0."""
        batches = int(self._batches.numpy())
        if not batches:
            return step  # each batch did one update
        known = range(max(0, batches - CAPACITY), batches)
        ends = self._ends.numpy()
        return next((batch for batch in known if ends[batch % CAPACITY] > step), batches)


def shown(rows: np.ndarray[Any, Any], column: int) -> list[float]:
    """A column of the two that are only shown, as plain numbers."""
    values = rows[:, column].astype(np.float64)
    values[values == UNKNOWN] = np.nan
    values[values == INFINITE] = np.inf
    found: list[float] = values.tolist()
    return found


def showable(value: Any) -> Any:
    """A number for a column that is only shown, where it may be non-finite in a good step."""
    return tf.where(tf.math.is_finite(value), value, tf.where(tf.math.is_nan(value), UNKNOWN, INFINITE))


def check(good: Any) -> Any:
    """A flag as a check of a row."""
    return tf.where(good, np.float32(0.0), np.float32(np.nan))

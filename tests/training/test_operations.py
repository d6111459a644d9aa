"""Guards may be asked for while others are being put on: a model that is garbage takes its guards off at any time."""

import numpy as np
import pytest
import tensorflow as tf

from autostable.setup import OperationGuard
from autostable.training import operations

LOG = OperationGuard("Log", None, None, None, 1e-7)
SQRT = OperationGuard("Sqrt", None, None, None, 1e-7)


def guarded():
    values = {"Log": tf.math.log(tf.constant(0.0)), "Sqrt": tf.math.sqrt(tf.constant(-1.0))}
    return {name for name, value in values.items() if np.isfinite(value)}


def collected_within(monkeypatch, guards, wanted):
    """Have `wanted` be asked for in the midst of the next change, as by the finalizer of a model."""
    look, asked = operations._references, []

    def references(functions):
        if not asked:
            asked.append(True)
            guards.set(wanted)
        return look(functions)

    monkeypatch.setattr(operations, "_references", references)


@pytest.mark.parametrize("wanted", [[], [SQRT], [LOG], [LOG, SQRT]])
def test_what_was_asked_for_last_is_in_force(monkeypatch, wanted):
    guards = operations.GuardedOperations()
    collected_within(monkeypatch, guards, lambda: wanted)
    guards.set(lambda: [LOG])
    try:
        assert guarded() == {guard.op for guard in wanted}
        guards.set(tuple)
        assert guarded() == set()
    finally:
        guards.clear()


@pytest.mark.parametrize(
    ("call", "divisor", "expected"),
    [
        ("RealDiv", 0.0, 3.0),
        ("RealDiv", 1e-13, 3.0),
        ("RealDiv", 2.0, 1.5),
        ("RealDiv", -2.0, -1.5),
        ("Reciprocal", 0.0, 1.0),
        ("Reciprocal", 4.0, 0.25),
    ],
)
def test_a_divisor_of_zero_becomes_one(call, divisor, expected):
    guards = operations.GuardedOperations()
    guards.set(lambda: [OperationGuard(call, None, None, None, 1e-12, unit=True)])
    try:
        of = tf.constant(divisor)
        with tf.GradientTape() as tape:
            tape.watch(of)
            value = tf.constant(3.0) / of if call == "RealDiv" else tf.math.reciprocal(of)
        assert float(value) == expected
        slope = float(tape.gradient(value, of))
        assert slope == 0.0 if abs(divisor) < 1e-12 else slope != 0.0
    finally:
        guards.clear()

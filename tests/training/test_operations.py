"""Guards may be asked for while others are being put on: a model that is garbage takes its guards off at any time."""

import dataclasses
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.knowledge import operations as knowledge
from autostable.setup import How, OperationGuard
from autostable.training import operations, seams

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
    guards.set(lambda: [OperationGuard(call, None, None, None, 1e-12, how=How.UNIT)])
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


NAN = float("nan")


@pytest.mark.parametrize("compiled", [None, False, True])
def test_class_numbers_without_an_output_count_nothing(compiled):
    """The others' losses and gradients are what they are without them, in half precision, too."""
    guards = operations.GuardedOperations()
    guards.set(lambda: [OperationGuard("SparseSoftmaxCrossEntropyWithLogits", None, None, None, 0.0)])

    def losses(labels, logits):
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)

    called = losses if compiled is None else tf.function(losses, jit_compile=compiled)
    try:
        for dtype in ("float32", "float16"):
            logits = tf.constant([[2.0, 0.0, 1.0], [0.5, 0.5, 3.0], [1.0, 1.0, 1.0]], dtype)
            with tf.GradientTape() as tape:
                tape.watch(logits)
                found = called(tf.constant([0, 255, -1]), logits)
            gradient = tape.gradient(found, logits)
            assert found.numpy().tolist()[1:] == [0.0, 0.0] and found.numpy()[0] == pytest.approx(0.4076, abs=1e-3)
            assert not gradient.numpy()[1:].any() and gradient.numpy()[0].any()
    finally:
        guards.clear()


@pytest.mark.parametrize(
    ("op", "module", "name", "instead", "expected"),
    [
        ("Relu", tf.nn, "relu", "tanh", [-0.9640, 0.9640]),
        ("Sigmoid", tf, "sigmoid", "relu", [0.0, 2.0]),
        ("Tanh", keras.ops, "tanh", "selu", [-1.5202, 2.1014]),
        ("Relu6", tf.nn, "relu6", "relu6", [0.0, 2.0]),
        ("Tanh", tf, "tanh", "tanh", [-0.9640, 0.9640]),
    ],
)
def test_another_activation_is_computed_at_the_line(op, module, name, instead, expected):
    guards = operations.GuardedOperations()
    here = OperationGuard(op, "test_operations.py", 0, None, 0.0, instead=instead)
    given = tf.constant([-2.0, 2.0])
    unchanged = getattr(module, name)(given).numpy()
    line = sys._getframe().f_lineno + 3
    guards.set(lambda: [dataclasses.replace(here, line=line)])
    try:
        at_line = getattr(module, name)(given).numpy()
        elsewhere = getattr(module, name)(given).numpy()
    finally:
        guards.clear()
    assert at_line == pytest.approx(expected, abs=1e-4)
    assert (elsewhere == unchanged).all() and (getattr(module, name)(given).numpy() == unchanged).all()


def test_an_angle_at_the_origin_has_a_gradient():
    z = tf.constant([0j, 1e-13j, 1 + 1j, -2j], tf.complex64)
    y, x = tf.constant([0.0, 1e-13, 0.5, -3.0]), tf.constant([0.0, -1e-13, 0.5, 0.0])
    guards = operations.GuardedOperations()
    guards.set(lambda: [OperationGuard(op, None, None, None, 1e-7) for op in ("Angle", "Atan2")])
    try:
        with tf.GradientTape() as tape:
            tape.watch([z, y, x])
            angles = tf.math.angle(z), tf.math.atan2(y, x)
        grads = tape.gradient(angles, [z, y, x])
    finally:
        guards.clear()
    np.testing.assert_allclose(angles[0], [0.0, 0.0, np.pi / 4, -np.pi / 2], atol=1e-6)
    np.testing.assert_allclose(angles[1], [0.0, 1e-13, np.pi / 4, -np.pi / 2], atol=1e-6)
    assert all(np.isfinite(grad).all() for grad in grads)
    np.testing.assert_allclose(grads[1][:3], [1.0, 1.0, 1.0], atol=1e-6)


@pytest.mark.parametrize(
    ("op", "compared", "expected"),
    [
        ("Greater", lambda x: x > 0.5, [0.119, 0.5, 0.881]),
        ("GreaterEqual", lambda x: tf.greater_equal(x, 0.5), [0.119, 0.5, 0.881]),
        ("Less", lambda x: keras.ops.less(x, 0.5), [0.881, 0.5, 0.119]),
        ("LessEqual", lambda x: x <= tf.constant(0.5), [0.881, 0.5, 0.119]),
        ("Greater", lambda x: x > 0.5, [0.119, 0.5, 0.881]),
    ],
)
def test_a_threshold_becomes_a_sigmoid_as_steep_as_what_is_compared(op, compared, expected):
    guards = operations.GuardedOperations()
    guards.set(lambda: [OperationGuard(op, None, None, None, 0.0, instead="sigmoid")])
    x = tf.constant([0.0, 0.5, 1.0])
    try:
        with tf.GradientTape() as tape:
            tape.watch(x)
            found = tf.cast(compared(x), tf.float32)
        slope = tape.gradient(found, x)
    finally:
        guards.clear()
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert abs(float(slope[1])) == pytest.approx(1.0)
    assert compared(x).dtype == tf.bool


NO_GRADIENT = {
    "Round": tf.round,
    "Rint": tf.math.rint,
    "Floor": tf.floor,
    "Ceil": tf.math.ceil,
    "Greater": lambda x: x > 0.5,
    "GreaterEqual": lambda x: x >= 0.5,
    "Less": lambda x: x < 0.5,
    "LessEqual": lambda x: x <= 0.5,
    "Equal": lambda x: x == 0.5,
    "NotEqual": lambda x: x != 0.5,
    "LogicalAnd": lambda x: tf.logical_and(x > 0.1, x > 0.2),
    "LogicalOr": lambda x: tf.logical_or(x > 0.1, x > 0.2),
    "LogicalNot": lambda x: tf.logical_not(x > 0.1),
    "ArgMax": tf.argmax,
    "ArgMin": tf.argmin,
    "OneHot": lambda x: tf.one_hot(tf.argmax(x), 3),
    "StopGradient": tf.stop_gradient,
    "Bucketize": lambda x: tf.raw_ops.Bucketize(input=x, boundaries=[0.5]),
    "Multinomial": lambda x: tf.random.categorical(x[None], 3),
    "HistogramFixedWidth": lambda x: tf.histogram_fixed_width(x, [0.0, 1.0]),
    "LowerBound": lambda x: tf.searchsorted([0.0, 0.5], x),
    "UpperBound": lambda x: tf.searchsorted([0.0, 0.5], x, side="right"),
    "Where": tf.where,
    "FloorDiv": lambda x: x // 0.3,
    "IsFinite": tf.math.is_finite,
    "IsNan": tf.math.is_nan,
    "IsInf": tf.math.is_inf,
    "Any": lambda x: tf.reduce_any(x > 0.1),
    "All": lambda x: tf.reduce_all(x > 0.1),
    "InTopKV2": lambda x: tf.math.in_top_k([1], x[None], 1),
    "Shape": tf.shape,
}


@pytest.mark.parametrize("op", sorted(knowledge.WITHOUT_GRADIENT))
def test_what_is_said_to_have_no_gradient_has_none(op):
    x = tf.Variable([0.3, 0.5, 0.9])
    made = []
    with (
        tf.GradientTape() as tape,
        seams.watching_ops(lambda kind, *_: made.append(kind if isinstance(kind, str) else kind.decode())),
    ):
        value = tf.reduce_sum(tf.cast(NO_GRADIENT[op](x), tf.float32))
    assert op in made
    assert tape.gradient(value, x) is None


def test_what_is_said_to_have_a_slope_of_zero_has_one():
    x = tf.Variable([0.3, 0.5, 0.9])
    for op in knowledge.STEPS:
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(getattr(tf, op.lower())(x))
        assert not np.any(tape.gradient(value, x))

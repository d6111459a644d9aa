"""Formulas of exponentials and shares, computed in logarithms: the same value, and the gradient of the stable form."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from autostable.setup import How, OperationGuard
from autostable.training import logarithms, operations
from autostable.training.replay.finding import found_in
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

HERE = OperationGuard("Log", __file__, None, None, 0.0, how=How.LOGARITHMS)
FAR = [[300.0, -300.0, 2.0], [1.0, 2.0, -500.0]]
MASK = tf.constant([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])


def by_hand(z):
    powers = tf.exp(z)
    return powers / tf.reduce_sum(powers, axis=1, keepdims=True)


def log_cosh(z):
    return tf.abs(z) + tf.math.softplus(-2.0 * tf.abs(z)) - np.log(2.0)


def log_softplus(z):
    return tf.where(z < -12.0, z, tf.math.log(tf.math.softplus(tf.maximum(z, -12.0))))


FORMULAS = {
    "a softmax by hand": (lambda z: tf.math.log(by_hand(z)), tf.nn.log_softmax),
    "with an epsilon": (lambda z: tf.math.log(by_hand(z) + 1e-9), tf.nn.log_softmax),
    "with a bound": (lambda z: tf.math.log(tf.clip_by_value(tf.nn.softmax(z), 1e-7, 1.0)), tf.nn.log_softmax),
    "Keras' softmax": (lambda z: ops.log(keras.activations.softmax(z)), tf.nn.log_softmax),
    "the share of the label": (
        lambda z: tf.math.log(tf.reduce_sum(by_hand(z) * MASK, axis=1)),
        lambda z: tf.reduce_sum(tf.nn.log_softmax(z) * MASK, axis=1),
    ),
    "a part of it": (lambda z: tf.math.log(tf.nn.softmax(z)[:, 1]), lambda z: tf.nn.log_softmax(z)[:, 1]),
    "log cosh": (lambda z: tf.math.log((tf.exp(z) + tf.exp(-z)) / 2.0), log_cosh),
    "a sigmoid by hand": (lambda z: tf.math.log(1.0 / (1.0 + tf.exp(-z))), tf.math.log_sigmoid),
    "a sigmoid": (lambda z: tf.math.log(tf.sigmoid(z)), tf.math.log_sigmoid),
    "the rest of a sigmoid": (lambda z: tf.math.log(1.0 - tf.sigmoid(z)), lambda z: -tf.math.softplus(z)),
    "softplus by hand": (lambda z: tf.math.log1p(tf.exp(z)), tf.math.softplus),
    "a product": (
        lambda z: tf.math.log(tf.reduce_prod(tf.nn.softmax(z), axis=1)),
        lambda z: tf.reduce_sum(tf.nn.log_softmax(z), axis=1),
    ),
    "times a number of NumPy's": (
        lambda z: tf.math.log(tf.math.softplus(z) * np.sqrt(2.0 * np.pi)),
        lambda z: log_softplus(z) + np.float32(np.log(np.sqrt(2.0 * np.pi))),
    ),
    "running sums": (
        lambda z: tf.math.log(tf.exp(z) / tf.cumsum(tf.exp(z), axis=1, reverse=True)),
        lambda z: z - tf.math.cumulative_logsumexp(z, axis=1, reverse=True),
    ),
    "a diagonal": (
        lambda z: tf.math.log(tf.linalg.diag_part(tf.exp(z[:, :2])) / tf.reduce_sum(tf.exp(z[:, :2]), axis=1)),
        lambda z: tf.linalg.diag_part(z[:, :2]) - tf.reduce_logsumexp(z[:, :2], axis=1),
    ),
    "put together": (
        lambda z: tf.math.log(tf.reduce_sum(tf.stack([tf.exp(z), tf.tile(tf.exp(-z), [1, 1])]), axis=0)),
        lambda z: tf.reduce_logsumexp(tf.stack([z, -z]), axis=0),
    ),
    "in a row": (
        lambda z: tf.math.log(tf.reduce_max(tf.concat([tf.exp(z), tf.exp(-z)], axis=1), axis=1)),
        lambda z: tf.reduce_max(tf.concat([z, -z], axis=1), axis=1),
    ),
    "a mixture": (  # of two dimensions, its widths made by softplus
        lambda z: tf.math.log(
            tf.reduce_sum(tf.nn.softmax(z) * tf.exp(-0.5 * z**2) / (tf.math.softplus(z) * 2.5) ** 2, axis=1)
        ),
        lambda z: tf.reduce_logsumexp(
            tf.nn.log_softmax(z) - 0.5 * z**2 - 2.0 * (log_softplus(z) + np.log(2.5)), axis=1
        ),
    ),
    "powers": (lambda z: tf.math.log(tf.sqrt(tf.square(tf.exp(z)))), lambda z: z),
}


@pytest.fixture
def guarded():
    guards = operations.GuardedOperations()
    guards.set(lambda: [HERE])
    yield
    guards.clear()


def taken(formula, z):
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = tf.reduce_sum(formula(z))
    return value, tape.gradient(value, z)


@pytest.mark.parametrize("mode", ["eager", "traced", "xla"])
@pytest.mark.parametrize("name", FORMULAS)
def test_value_and_gradient_are_those_of_the_stable_form(name, mode, guarded):
    formula, stable = FORMULAS[name]
    z = tf.constant(FAR)

    def both():
        return taken(formula, z), taken(stable, z)

    (value, gradient), (wanted, slope) = both() if mode == "eager" else tf.function(both, jit_compile=mode == "xla")()
    assert np.isfinite(gradient).all() and float(value) == pytest.approx(float(wanted), rel=1e-5)
    np.testing.assert_allclose(gradient, slope, atol=1e-5)


@pytest.mark.parametrize("name", FORMULAS)
def test_without_a_guard_the_formula_is_left(name):
    value, gradient = taken(FORMULAS[name][0], tf.constant(FAR))
    assert (
        name in {"powers", "with a bound"} or not (np.isfinite(value) and np.any(gradient)) or name == "with an epsilon"
    )


def test_other_files_are_left():
    guards = operations.GuardedOperations()
    guards.set(lambda: [OperationGuard("Log", "other.py", None, None, 0.0, how=How.LOGARITHMS)])
    try:
        assert not np.isfinite(taken(FORMULAS["softplus by hand"][0], tf.constant(FAR))[0])
    finally:
        guards.clear()


def test_an_epsilon_is_small(guarded):
    share = tf.nn.softmax(tf.constant([[0.0, -300.0]]))
    kept = tf.math.log(share + np.float32(1.02 * logarithms.EPSILON))
    assert kept[0, 1].numpy() == pytest.approx(np.log(1.02 * logarithms.EPSILON), rel=1e-3)
    assert tf.math.log(share + np.float32(0.98 * logarithms.EPSILON))[0, 1].numpy() == pytest.approx(-300.0)
    assert logarithms.EPSILON == 1e-4


def test_what_may_be_negative_has_no_logarithm(guarded):
    z = tf.constant([[1.0, 2.0]])
    assert tf.math.log(tf.exp(z) * tf.constant([[-2.0, 3.0]])).numpy()[0, 0] != tf.math.log(2.0)
    assert np.isnan(tf.math.log(tf.exp(z) * tf.constant([[-2.0, 3.0]])).numpy()[0, 0])


def chains(steps):
    """How likely some observations are under a hidden Markov chain: the product of 150 shares is 0 in float32."""
    seen = np.random.default_rng(0).integers(0, 3, (5, steps))

    def likelihood(z):
        moves, shows = tf.nn.softmax(z[:, :4]), tf.nn.softmax(z[:, 4:])
        alpha = tf.fill([5, 4], 0.25)
        for step in range(steps):
            alpha = tf.matmul(alpha, moves) * tf.gather(tf.transpose(shows), seen[:, step])
        return tf.math.log(tf.reduce_sum(alpha, axis=1))

    def stable(z):
        moves, shows = tf.nn.log_softmax(z[:, :4]), tf.nn.log_softmax(z[:, 4:])
        alpha = tf.fill([5, 4], np.float32(np.log(0.25)))
        for step in range(steps):
            alpha = tf.reduce_logsumexp(alpha[:, :, None] + moves[None], axis=1)
            alpha += tf.gather(tf.transpose(shows), seen[:, step])
        return tf.reduce_logsumexp(alpha, axis=1)

    return likelihood, stable


def test_a_long_recurrence_is_computed_once(guarded):
    likelihood, stable = chains(150)
    z = tf.constant(np.random.default_rng(1).normal(size=(4, 7)).astype("float32"))
    traced = tf.function(lambda: taken(likelihood, z))
    (value, gradient), (wanted, slope) = traced(), taken(stable, z)
    assert float(value) == pytest.approx(float(wanted), rel=1e-4) and float(value) < 5 * -100
    np.testing.assert_allclose(gradient, slope, atol=2e-2)
    operations_made = len(traced.get_concrete_function().graph.get_operations())
    assert operations_made < 150 * 200  # and not the square of the steps


@pytest.mark.parametrize(("turned", "first"), [(False, (2, 3)), (True, (3, 2))])
def test_products_of_matrices(turned, first, guarded):
    z = tf.constant(np.linspace(-200.0, 200.0, 6, dtype="float32").reshape(first))
    second = tf.exp(tf.constant(np.linspace(-190.0, 190.0, 6, dtype="float32").reshape(3, 2)))
    step = tf.function(lambda: tf.math.log(tf.matmul(tf.exp(z), second, transpose_a=turned)))
    exact = np.exp(np.float64(z.numpy().T if turned else z.numpy())) @ np.exp(np.linspace(-190, 190, 6).reshape(3, 2))
    with_names = tf.function(
        lambda: tf.math.log(tf.matmul(a=tf.exp(z), b=tf.exp(tf.math.log(second)), transpose_a=turned))
    )
    inside = tf.function(
        lambda: tf.math.log(
            tf.matmul(tf.exp(z), tf.exp(tf.reshape(tf.linspace(-190.0, 190.0, 6), (3, 2))), transpose_a=turned)
        )
    )
    np.testing.assert_allclose(inside(), np.log(exact), rtol=1e-5)
    assert step().shape == with_names().shape == (2, 2)


def test_large_products_of_matrices_stay_what_they_are(guarded):
    def formula(rows):
        return tf.math.log(tf.matmul(tf.exp(tf.fill((rows, 64), -200.0)), tf.exp(tf.fill((64, 64), -200.0))))

    assert logarithms.LARGEST_PRODUCT == 16 * 64 * 64
    assert np.isfinite(tf.function(lambda: formula(16))()).all()
    assert not np.isfinite(tf.function(lambda: formula(17))()).any()


@pytest.mark.parametrize("scale", [100.0, 1e-3])
def test_determinants(scale, guarded):
    """Of 40 rows: 1e80 and 1e-120 are out of range, their logarithms are not."""
    matrix = tf.constant(scale * np.eye(40, dtype="float32") + 1e-5)
    value, gradient = taken(lambda m: tf.math.log(tf.linalg.det(m)), matrix)
    sign, wanted = np.linalg.slogdet(np.float64(matrix))
    assert sign == 1.0 and float(value) == pytest.approx(wanted, rel=1e-5)
    np.testing.assert_allclose(gradient, np.linalg.inv(np.float64(matrix)).T, rtol=1e-4, atol=1e-5 / scale)


def test_nothing_is_kept_of_tensors_that_are_gone():
    known = logarithms.Logarithms([HERE])
    exp = known.wrapped("exp", tf.exp)
    value = exp(tf.constant([1.0]))
    assert len(known._known) == 1
    del value
    assert not known._known


@pytest.mark.parametrize(
    ("formula", "op", "expected"),
    [
        (FORMULAS["a softmax by hand"][0], "Exp", True),
        (FORMULAS["log cosh"][0], "Exp", True),
        (FORMULAS["a product"][0], "Log", True),
        (FORMULAS["the rest of a sigmoid"][0], "Log", True),
        (lambda z: tf.exp(z) - z, "Exp", False),  # a rate: it is the prediction that is out of range
        (lambda z: tf.math.log(tf.nn.relu(z)), "Log", False),
        (lambda z: tf.math.log(tf.exp(z) - 1.0), "Exp", False),
    ],
)
def test_which_formulas_can_be_computed_so(formula, op, expected):
    replay = Replay()

    def step():
        replay.loss.append(formula(tf.constant(FAR)))

    with eagerly():
        run(step, replay)
    found = found_in(replay, [], [])
    assert (found.op, found.logarithms) == (op, expected)

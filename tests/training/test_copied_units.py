"""Units that begin as one and can never part, though something is learnt."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import autostable
from autostable.records import Code, Verdict
from autostable.training import install


def matrix(rows=6, columns=8, copied=(), off=0.0):
    value = np.random.default_rng(0).normal(size=(rows, columns))
    for one, other in copied:
        value[:, other] = value[:, one] + off * np.abs(value).max()
    return tf.Variable(value.astype("float32"))


def unknown(variable):
    """That nobody knows what it began with."""


@pytest.mark.parametrize(
    ("variable", "found"),
    [
        (matrix(copied=[(0, 3)]), True),
        (matrix(), False),
        (matrix(rows=4, copied=[(0, 3)]), True),
        (matrix(rows=3, copied=[(0, 3)]), False),  # may come to the same by chance
        (matrix(copied=[(0, 3)], off=1e-6), True),
        (matrix(copied=[(0, 3)], off=2e-4), False),
        (matrix(columns=300, copied=[(0, 255)]), True),
        (matrix(columns=300, copied=[(0, 256)]), False),  # of many the first are looked at
        (matrix(rows=9000, copied=[(0, 3)]), True),
        (tf.Variable(tf.zeros((0, 8))), False),
        (tf.Variable(tf.zeros((6, 8))), False),  # has never moved
        (tf.Variable(tf.ones((6, 8))), False),  # all equal: told by itself
        (tf.Variable(tf.concat([matrix(), tf.zeros((6, 2))], axis=1)), False),
        (tf.Variable(tf.concat([matrix(), [[np.nan] * 2] * 6], axis=1)), False),
        (tf.Variable([1.0, 1.0, 2.0]), False),
    ],
)
def test_which_columns_are_copies(variable, found):
    assert bool(dict(install.copied_units([variable], unknown))) is found


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (matrix(copied=[(0, 3)]), True),
        (tf.zeros((6, 8)), True),
        (matrix(copied=[(0, 3)], off=1e-6), True),
        (matrix(copied=[(0, 3)], off=2e-4), False),  # they began apart, and have come to the same
        (matrix(copied=[(0, 4)]), False),  # others than those that are copies now
        (matrix(), False),
    ],
)
def test_what_are_copies_now_must_have_begun_as_copies(start, found):
    variable = matrix(copied=[(0, 3)])
    assert bool(dict(install.copied_units([variable], lambda _: start.numpy()))) is found


@pytest.mark.parametrize(("start", "found"), [(tf.ones((6, 8)), True), (matrix(), False)])
def test_what_is_all_equal_now_must_have_begun_all_equal(start, found):
    zeros = tf.Variable(tf.zeros((6, 8)))
    assert bool(dict(install.alike([zeros], lambda _: start.numpy()))) is found
    assert bool(dict(install.alike([zeros], unknown)))


def test_its_place_is_among_all_that_is_trained():
    bias, kernel = tf.Variable([0.0]), matrix(copied=[(2, 1)])
    assert list(install.copied_units([bias, kernel], unknown)) == [("variable 1", kernel)]


COMPONENTS = 4


def density(target, output):
    """Negative logarithm of a mixture of normal densities."""
    share, centre, log_width = (output[:, part::3] for part in range(3))
    z = (target - centre) * ops.exp(-log_width)
    return -ops.logsumexp(ops.log_softmax(share) - 0.5 * ops.square(z) - log_width, axis=1)


def two_branches(start):
    """y = x or y = -x: one normal density cannot say it, and components that begin as one stay one."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.uniform(0.5, 2.0, size=(1200, 1)).astype("float32")
    y = x * rng.choice([-1.0, 1.0], size=x.shape).astype("float32") + rng.normal(0, 0.05, x.shape).astype("float32")
    hidden = [layers.Dense(16, "tanh"), layers.Dense(16, "tanh")]
    model = keras.Sequential([keras.Input((1,)), *hidden, layers.Dense(3 * COMPONENTS, kernel_initializer=start)])
    return model, x, y


def fitted(start):
    def program():
        model, x, y = two_branches(start)
        model.compile(keras.optimizers.Adam(1e-2), density)
        model.fit(x, y, epochs=25, batch_size=100, verbose=0)

    return program


class Experts(keras.layers.Layer):
    """Experts whose matrices begin as one: equal gates, equal gradients."""

    def __init__(self, same):
        super().__init__()
        self.same = same

    def build(self, shape):
        one = keras.ops.convert_to_numpy(keras.initializers.GlorotUniform(seed=1)((shape[-1], 1)))
        other = keras.ops.convert_to_numpy(keras.initializers.GlorotUniform(seed=2)((shape[-1], 12)))
        start = np.repeat(one, 12, axis=1) if self.same else other
        self.kernel = self.add_weight(shape=start.shape, initializer=keras.initializers.Constant(start), name="experts")

    def call(self, x):
        return ops.sum(ops.relu(ops.matmul(x, self.kernel)), axis=1, keepdims=True)


@pytest.mark.slow
def test_components_that_are_one_are_drawn_anew():
    report = autostable.run(fitted("zeros"))
    assert (report.verdict, report.attempts[0].learning.reason) == (Verdict.REPAIRED, "copied-units")
    assert report.causes[0].code is Code.BAD_INITIALIZATION and "copies of one another" in report.causes[0].evidence
    assert [remedy.name for remedy in report.plan] == ["reinitialize-weights"]
    assert report.attempts[-1].learning.loss < report.attempts[0].learning.loss - 0.5


@pytest.mark.slow
@pytest.mark.parametrize("same", [True, False])
def test_experts_of_a_layer_of_ones_own(same, watch):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(800, 4)).astype("float32")
    y = np.abs(x[:, :1]) + np.maximum(x[:, 1:2], x[:, 2:3])
    model = keras.Sequential([keras.Input((4,)), Experts(same)])
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.LogCosh())
    with watch() as session:
        model.fit(x, y, epochs=20, verbose=0)
    (story,) = session.stories
    named = [cause.evidence for cause in story.causes if "copies of one another" in cause.evidence]
    assert bool(named) is same
    assert (story.verdict is Verdict.HEALTHY) is not same


class Ripple(layers.Layer):
    """A wave with a frequency of its own for every unit; divides by what begins at `start`."""

    def __init__(self, start):
        super().__init__()
        self.start = start

    def build(self, shape):
        self.pitch = self.add_weight(shape=(shape[-1],), initializer=self.start, name="pitch")

    def call(self, x):
        return x + ops.square(ops.sin(self.pitch * x)) / ops.abs(self.pitch)


def waves(start):
    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).uniform(-3, 3, size=(1000, 1)).astype("float32")
        body = [layers.Dense(24), Ripple(start), layers.Dense(24), Ripple(start)]
        model = keras.Sequential([keras.Input((1,)), *body, layers.Dense(1)])
        model.compile(keras.optimizers.Adam(5e-3), "mse")
        model.fit(x, np.sin(2 * x), epochs=15, verbose=0)

    return program


def spread():
    """A width of all errors as a variable without a layer, of which the logarithm is taken and that is divided by."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(600, 3)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5]], "float32") + np.random.default_rng(1).normal(0, 0.3, (600, 1)).astype(
        "float32"
    )
    weight, offset = tf.Variable(tf.random.normal((3, 1), seed=1)), tf.Variable(tf.zeros(1))
    width = tf.Variable(tf.zeros(()))
    trained, optimizer = [weight, offset, width], keras.optimizers.Adam(0.02)

    @tf.function
    def step(inputs, targets):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square((targets - inputs @ weight - offset) / width)) + tf.math.log(
                tf.square(width)
            )
        optimizer.apply_gradients(zip(tape.gradient(loss, trained), trained, strict=True))

    for _ in range(20):
        for part in tf.data.Dataset.from_tensor_slices((x, y)).batch(30):
            step(*part)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "places", "source"),
    [
        (waves("zeros"), ["variable 2", "variable 5"], "self.pitch = self.add_weight("),
        (spread, ["variable 2"], "width = tf.Variable("),
    ],
    ids=["fit", "loop"],
)
def test_what_is_divided_by_begins_at_one(program, places, source):
    report = autostable.run(program)
    assert report.causes[0].code is Code.BAD_INITIALIZATION and source in report.causes[0].site.source
    assert (report.verdict, [remedy.name for remedy in report.plan]) == (Verdict.REPAIRED, ["reinitialize-weights"])
    assert report.plan[0].parameters["initializers"] == dict.fromkeys(places, "ones")
    assert report.attempts[-1].learning.value is None or report.attempts[-1].learning.value > 0.9

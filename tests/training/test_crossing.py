"""A column of predictions against flat targets: every row meets every other, and the best answer is the mean."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import autostable
from autostable.records import Code, Verdict
from autostable.setup import How, OperationGuard
from autostable.training import layers_called, operations
from autostable.training.replay import shapes
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

FLAT, COLUMN = np.arange(3, dtype="float32"), np.arange(3, dtype="float32")[:, None]


def crossing_of(step):
    replay = Replay()
    with eagerly():
        run(step, replay)
    return shapes.crossing(replay)


@pytest.mark.parametrize(
    ("step", "op", "column"),
    [
        (lambda y, p: tf.square(y - p), "Sub", 1),
        (lambda y, p: tf.abs(p - y), "Sub", 0),
        (lambda y, p: tf.math.squared_difference(p, y), "SquaredDifference", 0),
        (lambda y, p: ops.multiply(y, p), "Mul", 1),
        (lambda y, p: tf.maximum(y, p), "Maximum", 1),
        (lambda y, p: p + y, "AddV2", 0),
    ],
)
def test_where_a_column_meets_a_flat_array(step, op, column):
    found = crossing_of(lambda: step(tf.constant(FLAT), tf.constant(COLUMN)))
    assert (found.op, found.rows, found.column) == (op, 3, column)
    assert found.site.file.endswith("test_crossing.py") and found.site.line


@pytest.mark.parametrize(
    "step",
    [
        lambda y, p: y[:, None] - p,  # one shape
        lambda y, p: y - p[:, 0],
        lambda y, p: p - tf.transpose(p),  # all pairs, said in the shapes
        lambda y, p: p - tf.squeeze(p, -1),  # a prediction against all others
        lambda y, p: p - tf.constant([1.0, 2.0]),  # other rows
        lambda y, p: y[:1] - p[:1],  # of one row nothing is crossed
        lambda y, p: p * 2.0,
    ],
)
def test_what_is_meant_is_no_crossing(step):
    assert crossing_of(lambda: step(tf.constant(FLAT), tf.constant(COLUMN))) is None


class Scaled(layers.Layer):
    """Units that are as many as the rows of a batch: its weights meet a column of rows, and that is as meant."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(3,), initializer="ones", name="scale")
        self.rows = tf.constant(FLAT)

    def call(self, x, against_rows=False):
        return x * (self.rows if against_rows else 2.0 * tf.exp(self.scale))


def test_a_layers_weights_are_no_rows():
    layer = Scaled()
    layer.build((None, 1))
    assert crossing_of(lambda: layer(tf.constant(COLUMN))) is None
    assert crossing_of(lambda: layer(tf.constant(COLUMN), against_rows=True)).op == "Mul"


@pytest.mark.parametrize("batch", [32, 24])
def test_the_scales_of_a_quantised_layer_are_no_rows(batch):
    layer = layers.Dense(batch)
    layer.build((None, 4))
    layer.quantize("int8")
    assert crossing_of(lambda: layer(tf.ones((batch, 4)))) is None


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize(("first", "second"), [(FLAT, COLUMN), (COLUMN, FLAT), (COLUMN, COLUMN), (FLAT, FLAT)])
def test_a_guard_makes_the_column_flat(traced, first, second):
    guards = operations.GuardedOperations()
    guards.set(lambda: [OperationGuard("Sub", None, None, None, 0.0, how=How.FLAT)])
    try:
        step = tf.function(lambda a, b: a - b) if traced else lambda a, b: a - b
        found = step(tf.constant(first), tf.constant(second))
    finally:
        guards.clear()
    assert found.shape == ((3, 1) if first is second is COLUMN else (3,)) and not np.any(found)
    assert (tf.constant(FLAT) - tf.constant(COLUMN)).shape == (3, 3)


def data():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(640, 4)).astype("float32")
    return x, x[:, 0] - 2 * x[:, 1]


def network():
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(1)])


def loop(traced):
    x, y = data()
    model, optimizer = network(), keras.optimizers.Adam(0.01)

    def step(rows, targets):
        with tf.GradientTape() as tape:
            answer = model(rows, training=True)
            loss = tf.reduce_mean(tf.square(targets - answer))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    run = tf.function(step) if traced else step
    for number in range(240):
        part = slice(number % 20 * 32, number % 20 * 32 + 32)
        run(tf.constant(x[part]), tf.constant(y[part]))


class Squares(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred))


class OwnStep(keras.Model):
    def __init__(self):
        super().__init__()
        self.inside = network()

    def call(self, x):
        return self.inside(x)

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self(x) - y) ** 2)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def fitted(model, loss):
    x, y = data()
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(x, y, epochs=12, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [
        lambda: loop(True),
        lambda: loop(False),
        lambda: fitted(network(), Squares()),
        lambda: fitted(OwnStep(), None),
    ],
    ids=["a traced loop", "an eager loop", "a loss of one's own", "a step of one's own"],
)
def test_it_is_found_and_mended(program):
    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code is Code.LOSS_MISMATCH and "(32, 1) meets (32,)" in report.causes[0].evidence
    assert report.causes[0].site.file.endswith("test_crossing.py")
    assert [remedy.name for remedy in report.plan] == ["align-shapes"]
    assert report.attempts[-1].learning.value > 0.9
    assert layers_called.names() == []


def rewarded(flat):
    """A policy and its critic, each with an optimizer of its own; advantages are a column, what they weigh is flat."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    actor, critic = (keras.Sequential([keras.Input((4,)), keras.layers.Dense(out)]) for out in (3, 1))
    optimizers = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01)

    @tf.function
    def step(state, action, advantage, worth):
        with tf.GradientTape() as tape:
            chosen = -tf.nn.sparse_softmax_cross_entropy_with_logits(action, actor(state))
            lost = -tf.reduce_mean((chosen if flat else chosen[:, None]) * advantage)
        optimizers[0].apply(tape.gradient(lost, actor.trainable_variables), actor.trainable_variables)
        with tf.GradientTape() as tape:
            off = tf.reduce_mean((critic(state) - worth) ** 2)
        optimizers[1].apply(tape.gradient(off, critic.trainable_variables), critic.trainable_variables)

    for _ in range(40):
        state = rng.normal(size=(16, 4)).astype("float32")
        action = rng.integers(0, 3, 16).astype("int32")
        advantage, worth = rng.normal(size=(2, 16, 1)).astype("float32")
        step(state, action, advantage, worth)


@pytest.mark.slow
@pytest.mark.parametrize("flat", [True, False])
def test_where_nobody_can_tell_what_is_learnt_the_report_warns_of_it(flat):
    report = autostable.run(lambda: rewarded(flat))
    assert report.verdict is Verdict.HEALTHY and report.notes == (
        "Finite and bounded; whether it learns is not known.",
    )
    told = [(cause.code, cause.site.source) for cause in report.warnings]
    line = "lost = -tf.reduce_mean((chosen if flat else chosen[:, None]) * advantage)"
    assert told == ([(Code.LOSS_MISMATCH, line)] if flat else [])

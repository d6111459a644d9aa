"""Rows that are poured together, or set against themselves alone, by the shapes in a loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import autostable
from autostable.records import Code, Verdict
from autostable.setup import How, OperationGuard
from autostable.training import operations
from autostable.training.replay import shapes
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

rng = np.random.default_rng(0)
VALUES, GOAL = (tf.constant(rng.normal(size=shape).astype("float32")) for shape in ((6, 3), (6,)))
PICKED, LABELS = tf.one_hot([0, 2, 1, 1, 0, 2], 3), tf.constant([0, 1, 0, 1, 2, 2])


def replayed(step):
    replay = Replay()
    with eagerly():
        run(step, replay)
    return replay


@pytest.mark.parametrize(
    ("step", "op"),
    [
        (lambda: tf.square(GOAL - tf.reduce_sum(VALUES * PICKED)), "Sum"),
        (lambda: tf.math.squared_difference(tf.reduce_mean(PICKED * VALUES), GOAL), "Mean"),
        (lambda: -tf.reduce_sum(PICKED * tf.nn.log_softmax(VALUES)) * GOAL, "Sum"),
        (lambda: GOAL * tf.math.log(ops.sum(PICKED * ops.softmax(VALUES)) + 1e-6), "Sum"),
    ],
)
def test_where_what_is_picked_of_rows_is_poured_together(step, op):
    found = shapes.mixed_up(replayed(step))
    assert (found.op, found.rows, found.form, found.sure) == (op, 6, "poured", True)
    assert found.site.file.endswith("test_mixed_up.py") and found.site.line == step.__code__.co_firstlineno


@pytest.mark.parametrize(
    "step",
    [
        lambda: GOAL - tf.reduce_sum(VALUES * PICKED, axis=1),
        lambda: -tf.reduce_sum(PICKED * tf.nn.log_softmax(VALUES)) / 6.0,  # a crossentropy
        lambda: GOAL - tf.reduce_mean(VALUES),  # against the mean of another heap
        lambda: GOAL / tf.reduce_sum(PICKED * VALUES),
        lambda: GOAL[:5] - tf.reduce_sum(VALUES * PICKED),
        lambda: GOAL - tf.reduce_sum(VALUES * tf.cast(VALUES > 0, "float32")),  # several of a row, or none
        lambda: GOAL - tf.reduce_sum(tf.boolean_mask(VALUES, PICKED > 0)),
    ],
)
def test_what_is_not_poured(step):
    assert shapes.poured(replayed(step)) is None


@pytest.mark.parametrize(
    ("step", "op"),
    [
        (lambda: tf.equal(LABELS, tf.transpose(LABELS)), "Equal"),
        (lambda: tf.transpose(LABELS) == LABELS, "Equal"),
        (lambda: ops.not_equal(ops.transpose(LABELS), LABELS), "NotEqual"),
        (lambda: tf.abs(GOAL - tf.transpose(GOAL)), "Sub"),
    ],
)
def test_where_a_flat_array_meets_its_own_transpose(step, op):
    found = shapes.mixed_up(replayed(step))
    assert (found.op, found.rows, found.form, found.sure) == (op, 6, "transposed", True)


@pytest.mark.parametrize(
    "step",
    [
        lambda: tf.equal(LABELS[:, None], tf.transpose(LABELS[:, None])),
        lambda: tf.equal(LABELS[:, None], LABELS[None]),
        lambda: tf.equal(LABELS, tf.transpose(tf.reverse(LABELS, [0]))),
        lambda: tf.equal(tf.transpose(LABELS), tf.transpose(LABELS)),
        lambda: tf.equal(LABELS[:1], tf.transpose(LABELS[:1])),
        lambda: LABELS == LABELS,
    ],
)
def test_what_meets_something_else(step):
    assert shapes.set_against_itself(replayed(step)) is None


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize(
    ("op", "how", "step", "expected"),
    [
        ("Sum", How.BY_ROW, lambda: tf.reduce_sum(VALUES), np.sum(VALUES, axis=1)),
        ("Sum", How.BY_ROW, lambda: ops.sum(VALUES, axis=[0, 1]), np.sum(VALUES, axis=1)),
        ("Sum", How.BY_ROW, lambda: tf.reduce_sum(VALUES, axis=0), np.sum(VALUES, axis=0)),
        ("Sum", How.BY_ROW, lambda: tf.reduce_sum(GOAL), np.sum(GOAL)),
        ("Mean", How.BY_ROW, lambda: tf.reduce_mean(VALUES), np.mean(VALUES, axis=1)),
        ("Equal", How.UPRIGHT, lambda: tf.transpose(LABELS) == LABELS, np.equal.outer(LABELS, LABELS)),
        ("Equal", How.UPRIGHT, lambda: tf.equal(LABELS[:, None], LABELS), np.equal.outer(LABELS, LABELS)),
        ("Sub", How.UPRIGHT, lambda: GOAL - GOAL, np.subtract.outer(GOAL, GOAL)),
    ],
)
def test_what_a_guard_makes_of_it(traced, op, how, step, expected):
    guards = operations.GuardedOperations()
    guards.set(lambda: [OperationGuard(op, None, None, None, 0.0, how=how)])
    try:
        found = (tf.function(step) if traced else step)()
    finally:
        guards.clear()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


class Agent:
    """Learns what an action is worth in a state; rewards are 1 for the action that the state names."""

    def __init__(self, axis):
        self.net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(24, "relu"), keras.layers.Dense(3)])
        self.aim = keras.models.clone_model(self.net)
        self.optimizer, self.axis = keras.optimizers.Adam(0.01), axis

    @tf.function
    def learn(self, state, action, reward, after):
        goal = reward + 0.5 * tf.reduce_max(self.aim(after), axis=1)
        with tf.GradientTape() as tape:
            worth = tf.reduce_sum(self.net(state) * tf.one_hot(action, 3), axis=self.axis)
            loss = tf.reduce_mean(tf.square(goal - worth))
        self.optimizer.apply(tape.gradient(loss, self.net.trainable_variables), self.net.trainable_variables)


def acted(axis):
    keras.utils.set_random_seed(0)
    draw, agent = np.random.default_rng(0), Agent(axis)
    for number in range(400):
        state, after = draw.normal(size=(2, 32, 3)).astype("float32")
        action = draw.integers(0, 3, 32)
        agent.learn(state, action, (state.argmax(1) == action).astype("float32"), after)
        if number % 50 == 0:
            agent.aim.set_weights(agent.net.get_weights())
    state = draw.normal(size=(500, 3)).astype("float32")
    return float(np.mean(np.argmax(agent.net(state), axis=1) == state.argmax(axis=1)))


@pytest.mark.slow
def test_a_sum_over_all_rows_is_found_in_a_traced_method_and_taken_of_each_row():
    train = autostable.stabilize()(acted)
    assert train(None) > 0.9
    report = train.report
    assert (report.verdict, [remedy.name for remedy in report.plan]) == (Verdict.REPAIRED, ["align-shapes"])
    assert (
        report.causes[0].code is Code.LOSS_MISMATCH and "axis=1 would keep the rows apart" in report.causes[0].evidence
    )
    assert report.causes[0].site.source.startswith("worth = tf.reduce_sum(")


@pytest.mark.slow
def test_a_sum_of_each_row_is_left_alone():
    train = autostable.stabilize()(acted)
    assert train(1) > 0.9
    assert (train.report.verdict, train.report.warnings) == (Verdict.HEALTHY, ())


def contrast(labels, features):
    """Of each row the likeness to others of its label, in parts of that to all others."""
    likeness = tf.matmul(features, features, transpose_b=True) / 0.2
    others = 1.0 - tf.eye(tf.shape(features)[0])
    same = tf.cast(tf.equal(labels, tf.transpose(labels)), "float32") * others
    shares = likeness - tf.reduce_logsumexp(likeness - 1e9 * (1.0 - others), axis=1, keepdims=True)
    return -tf.reduce_sum(same * shares, axis=1) / tf.maximum(tf.reduce_sum(same, axis=1), 1.0)


def clusters(shape):
    def program():
        keras.utils.set_random_seed(0)
        draw = np.random.default_rng(0)
        labels = draw.integers(0, 4, 640)
        x = draw.normal(size=(640, 8)).astype("float32")
        x[np.arange(640), labels] += 2.5
        body = [keras.layers.Dense(32, "relu"), keras.layers.Dense(4), keras.layers.UnitNormalization()]
        model, optimizer = keras.Sequential([keras.Input((8,)), *body]), keras.optimizers.Adam(0.01)

        @tf.function
        def step(rows, marks):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(contrast(marks, model(rows, training=True)))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

        for number in range(150):
            part = slice(number % 10 * 64, number % 10 * 64 + 64)
            step(tf.constant(x[part]), tf.constant(labels[part].reshape(shape)))

    return program


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "verdict"), [((-1,), Verdict.REPAIRED), ((-1, 1), Verdict.HEALTHY)])
def test_labels_that_meet_their_own_transpose(shape, verdict):
    report = autostable.run(clusters(shape))
    assert report.verdict is verdict
    if verdict is Verdict.REPAIRED:
        assert [remedy.name for remedy in report.plan] == ["align-shapes"]
        assert "to transpose what is flat does nothing" in report.causes[0].evidence
        assert report.causes[0].site.source.startswith("same = tf.cast(tf.equal(labels")

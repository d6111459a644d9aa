"""A softmax along an axis of one entry: each share is 1, and nothing gets through."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Remedy, Verdict
from autostable.setup import How, OperationGuard
from autostable.training import operations
from autostable.training.replay import shapes
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

SCORES = np.random.default_rng(0).normal(size=(4, 3, 1)).astype("float32")


def lone_in(step):
    replay = Replay(updates=False)
    with eagerly():
        run(step, replay)
    return shapes.lone_share(replay)


@pytest.mark.parametrize(
    ("softmax", "op"),
    [(tf.nn.softmax, "Softmax"), (keras.ops.softmax, "Softmax"), (tf.nn.log_softmax, "LogSoftmax")],
)
def test_it_is_named_with_its_line(softmax, op):
    found = lone_in(lambda: softmax(tf.constant(SCORES)))
    assert (found.op, found.shape, found.several) == (op, (4, 3, 1), True)
    assert found.site.source == "found = lone_in(lambda: softmax(tf.constant(SCORES)))"


@pytest.mark.parametrize(
    "step",
    [
        lambda: keras.ops.softmax(tf.constant(SCORES), axis=1),
        lambda: tf.nn.softmax(tf.constant(SCORES[..., 0])),
        lambda: tf.nn.softmax(tf.constant(SCORES[:1, :, :])),  # of one row the rest may be what is meant
    ],
)
def test_shares_of_several_are_none(step):
    assert lone_in(step) is None


@pytest.mark.parametrize("traced", [False, True])
def test_a_guard_takes_them_along_the_axis_before(traced):
    guards = operations.GuardedOperations()
    guards.set(lambda: [OperationGuard("Softmax", None, None, None, 0.0, how=How.ACROSS)])
    softmax = tf.function(lambda x: tf.nn.softmax(x)) if traced else tf.nn.softmax
    try:
        shares, flat = softmax(tf.constant(SCORES)), softmax(tf.constant(SCORES[..., 0]))
    finally:
        guards.clear()
    assert np.allclose(shares, tf.nn.softmax(SCORES, axis=1)) and np.allclose(flat, tf.nn.softmax(SCORES[..., 0]))


class Picker(keras.Model):
    """Which of several vectors is the largest in its first entry."""

    def __init__(self):
        super().__init__()
        self.score = keras.layers.Dense(1)

    def call(self, x):
        shares = keras.ops.softmax(self.score(x))
        return keras.ops.squeeze(shares, axis=-1)


def picking():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(640, 6, 4)).astype("float32")
    model = Picker()
    model.compile("adam", lambda y, p: -keras.ops.sum(y * keras.ops.log(p + 1e-7), axis=-1))
    model.optimizer.learning_rate = 0.01
    history = model.fit(x, np.eye(6, dtype="float32")[x[:, :, 0].argmax(axis=1)], epochs=8, batch_size=32, verbose=0)
    return history.history["loss"][-1]


@pytest.mark.slow
def test_a_fit_is_repaired_and_its_source_with_it():
    report = autostable.run(picking)
    cause = report.causes[0]
    assert (report.verdict, cause.code) == (Verdict.REPAIRED, Code.OUTPUT_ACTIVATION_MISMATCH)
    assert cause.site.source == "shares = keras.ops.softmax(self.score(x))"
    assert [step.name for step in report.plan] == ["align-shapes"]
    assert "+        shares = keras.ops.softmax(self.score(x), axis=-2)" in report.diff


@pytest.mark.slow
def test_under_the_plan_it_is_as_if_written_so(watch):
    guard = {"op": "Softmax", "file": __file__, "line": Picker.call.__code__.co_firstlineno + 1, "shares": True}
    with watch(plans={"0": (Remedy("align-shapes", guard),)}):
        assert picking() < 0.9

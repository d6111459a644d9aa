"""What fails under a guard in another place is located again, and treated there as well."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable import api
from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

rng = np.random.default_rng(0)
X = rng.normal(size=(128, 4)).astype("float32")
Y = np.abs(X[:, :1] + 0.1 * rng.normal(size=(128, 1))).astype("float32")
Y[::9] = 0.0


def spread(y_true, y_pred):
    """Two operations meet the same zeros on two lines: the logarithm's value, and the root's derivative."""
    ratio = y_true * keras.ops.softplus(y_pred)
    logs = keras.ops.log(ratio)
    roots = keras.ops.sqrt(ratio)
    return keras.ops.mean(keras.ops.square(roots - 1.0) + 0.01 * keras.ops.square(logs + 1.0))


def likelihood(y_true, y_pred):
    """Of a normal distribution whose spread may be 0: the quotient and the logarithm meet the same zeros."""
    mu, scale = y_pred[:, :1], keras.ops.relu(y_pred[:, 1:])
    z = (y_true - mu) / scale
    return keras.ops.mean(0.5 * keras.ops.square(z) + keras.ops.log(scale))


def built(units=1):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(units)])


def fitted():
    model = built()
    model.compile(keras.optimizers.Adam(0.01), loss=spread)
    model.fit(X, Y, epochs=12, batch_size=16, verbose=0)


def looped():
    model, optimizer = built(), keras.optimizers.Adam(0.01)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = spread(y, model(x, training=True))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    for _ in range(12):
        for start in range(0, 128, 16):
            step(tf.constant(X[start : start + 16]), tf.constant(Y[start : start + 16]))


LINES = {
    name: next(
        number
        for number, line in enumerate(Path(__file__).read_text().splitlines(), 1)
        if f"keras.ops.{name}(ratio)" in line
    )
    for name in ("log", "sqrt")
}


@pytest.mark.parametrize("program", [fitted, looped])
def test_the_second_place_is_found_once_the_first_is_guarded(program):
    told = api.run(program)
    assert told.verdict is Verdict.REPAIRED and told.causes[0].code is Code.UNSAFE_LOG
    assert told.causes[0].site.line == LINES["log"]
    (step,) = told.plan
    guards = {guard["op"]: guard["line"] for guard in step.parameters["guards"]}
    assert guards == {"Log": LINES["log"], "Sqrt": LINES["sqrt"]}
    failed = [attempt for attempt in told.attempts if attempt.plan and attempt.outcome == "unstable"]
    assert len(failed) == 1  # under the first guard alone


def test_the_edit_is_made_on_both_lines():
    told = api.run(fitted)
    (edit,) = told.edits
    assert "+    logs = keras.ops.log(keras.ops.maximum(ratio, 1e-12))" in edit.diff
    assert "+    roots = keras.ops.sqrt(keras.ops.maximum(ratio, 1e-07))" in edit.diff


def spread_fitted():
    model = built(2)
    model.compile(keras.optimizers.Adam(0.01), loss=likelihood)
    model.fit(X, Y, epochs=12, batch_size=16, verbose=0)


def test_a_quotient_and_the_logarithm_of_its_divisor_are_both_guarded():
    told = api.run(spread_fitted)
    lines = {
        op: next(n for n, line in enumerate(Path(__file__).read_text().splitlines(), 1) if text in line)
        for op, text in {"RealDiv": "z = (y_true - mu) / scale", "Log": "+ keras.ops.log(scale))"}.items()
    }
    assert told.verdict is Verdict.REPAIRED and told.causes[0].code is Code.UNSAFE_DIVISION
    assert told.causes[0].site.line == lines["RealDiv"]
    guards = {guard["op"]: guard["line"] for step in told.plan for guard in step.parameters.get("guards", ())}
    assert guards == lines

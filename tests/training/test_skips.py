"""Updates that are skipped: a training of which none was good has learnt nothing, and is never stable."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Remedy, Verdict

pytestmark = pytest.mark.slow

X = np.ones((48, 2), "float32")
PLAN = {"0": (Remedy("skip-bad-updates", {"limit": 3}),)}


def always_bad(y_true: Any, y_pred: Any) -> Any:
    return tf.reduce_mean(tf.sqrt(y_pred - y_pred))  # finite, and its gradient is not


def built() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


def fitted() -> None:
    model = built()
    model.compile("sgd", always_bad)
    model.fit(X, X[:, :1], batch_size=16, verbose=0)


def looped(eager: bool = False) -> None:
    model, optimizer = built(), keras.optimizers.SGD(0.1)

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = always_bad(X[:, :1], model(X))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    run = step if eager else tf.function(step)
    for _ in range(3):
        run()


@pytest.mark.parametrize(
    "program",
    [looped, *(pytest.param(each, marks=pytest.mark.whole) for each in (fitted, lambda: looped(eager=True)))],
)
def test_where_no_update_was_good_nothing_is_stable(stories: Any, program: Any) -> None:
    story = stories(program, plans=PLAN)[-1]
    assert story.verdict is Verdict.UNREPAIRED
    assert story.attempts[0].outcome == "unstable" and "non-finite gradient" in story.attempts[0].why


ROWS = np.random.default_rng(0).normal(size=(48, 3)).astype("float32")
TARGETS = ROWS.sum(axis=1, keepdims=True)
SPOILT = ROWS.copy()
SPOILT[20, 1] = np.nan  # in the second of three batches
GOOD = np.r_[0:16, 32:48]


def normalized() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(), keras.layers.Dense(1)])


def statistics_of_fit(x: Any, y: Any, **options: Any) -> list[Any]:
    model = normalized()
    model.compile(keras.optimizers.SGD(0.1), "mse", **options)
    model.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    return model.get_weights()


def statistics_of_loop(x: Any, y: Any, traced: bool) -> list[Any]:
    model, optimizer = normalized(), keras.optimizers.SGD(0.1)

    def step(x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    run = tf.function(step) if traced else step
    for _ in range(2):
        for at in range(0, len(x), 16):
            run(tf.constant(x[at : at + 16]), tf.constant(y[at : at + 16]))
    return model.get_weights()


@pytest.mark.parametrize(
    "program",
    [
        statistics_of_fit,
        lambda x, y: statistics_of_fit(x, y, jit_compile=True),
        lambda x, y: statistics_of_fit(x, y, run_eagerly=True),
        lambda x, y: statistics_of_loop(x, y, traced=True),
        lambda x, y: statistics_of_loop(x, y, traced=False),
    ],
    ids=["fit", "xla", "eager fit", "loop", "eager loop"],
)
def test_a_step_that_is_skipped_leaves_statistics_as_they_were(watch: Any, program: Any) -> None:
    """To the bit: as if its batch had not been there."""
    alone = program(ROWS[GOOD], TARGETS[GOOD])
    with watch(plans={"0": (Remedy("skip-bad-updates", {"limit": 3}),)}):
        told = program(SPOILT, TARGETS)
    assert [each.tolist() for each in told] == [each.tolist() for each in alone]

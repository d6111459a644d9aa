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

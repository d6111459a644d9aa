"""A failure that is only there under XLA is said to be so: 0 * inf is NaN in its gradients, which a CPU's kernels hide."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")


def hidden_root(y_true: Any, y_pred: Any) -> Any:
    return tf.reduce_mean(tf.square(tf.where(y_pred > 0, tf.sqrt(y_pred), y_pred) - y_true))


def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="zeros")])


def fitted() -> None:
    net = model()
    net.compile("sgd", hidden_root, jit_compile=True)
    net.fit(X, X[:, :1], verbose=0)


def looped() -> None:
    net, optimizer = model(), keras.optimizers.SGD(0.01)

    @tf.function(jit_compile=True)
    def step(x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            loss = hidden_root(y, net(x))
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))

    for _ in range(3):
        step(tf.constant(X), tf.constant(X[:, :1]))


@pytest.mark.parametrize("program", [pytest.param(each, marks=pytest.mark.whole) for each in (looped, fitted)])
def test_what_only_xla_makes_bad_is_said_to_be_so(stories: Any, program: Any) -> None:
    story = stories(program)[0]
    assert story.verdict is Verdict.UNREPAIRED and story.finding.only_xla
    assert story.causes[0].code in (Code.UNSAFE_WHERE, Code.UNSAFE_SQRT)
    assert "only under XLA" in story.causes[0].evidence

"""A loss in half precision that is 0, or Inf, where it would be neither in float32."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import CauseState, Code, Verdict
from autostable.training.replay import numbers


def half(*values):
    return [tf.constant(np.asarray(value), tf.float16) for value in values]


MANY = np.full(70_000, 0.5)


@pytest.mark.parametrize(
    ("kind", "inputs", "output", "found"),
    [
        ("Mean", [*half(MANY), tf.constant([0])], 0.0, True),
        ("Mean", [*half(MANY), tf.constant(0)], 0.0, True),
        ("Mean", [*half(0 * MANY), tf.constant([0])], 0.0, False),
        ("Mean", [*half([1.0, -1.0]), tf.constant([0])], 0.0, False),  # which is 0 in any precision
        ("Mean", [*half([0.5, 0.5]), tf.constant([0])], 0.5, False),
        ("Square", half([1e-4, 2e-4]), [0.0, 0.0], True),
        ("Square", half([1e-4, 1.0]), [0.0, 1.0], False),  # a part of it is left
        ("SquaredDifference", half([1.0], [1.0]), [0.0], False),
        ("SquaredDifference", half([1e-4], [0.0]), [0.0], True),
        ("Mul", half([1e-4], [1e-4]), [0.0], True),
        ("Mul", half([1.0], [0.0]), [0.0], False),
        ("Relu", half([-1.0]), [0.0], False),
    ],
)
def test_what_half_precision_makes_nothing_of(kind, inputs, output, found):
    assert numbers.vanishes(kind, inputs, half(output)) is found
    assert not numbers.vanishes(kind, inputs, [tf.constant(output, tf.float32)])


def pictures(rows=512):
    x = np.random.default_rng(0).normal(size=(rows, 16, 16, 1)).astype("float32")
    return x, (0.5 * x + 0.1 * np.roll(x, 1, 1)).astype("float32")


def network():
    keras.utils.set_random_seed(0)
    hidden = layers.Conv2D(8, 3, padding="same", activation="relu")
    return keras.Sequential([keras.Input((16, 16, 1)), hidden, layers.Conv2D(1, 3, padding="same")])


def squared(targets, answers):
    return tf.reduce_mean(tf.square(tf.cast(targets, tf.float16) - tf.cast(answers, tf.float16)))


def summed(targets, answers):
    return tf.reduce_sum(tf.square(tf.cast(10.0 * targets, tf.float16) - tf.cast(10.0 * answers, tf.float16)))


def fitted(loss, batch=256):
    def program():
        model = network()
        model.compile(keras.optimizers.Adam(3e-3), loss)
        model.fit(*pictures(), epochs=40, batch_size=batch, verbose=0)

    return program


def looped():
    model, optimizer = network(), keras.optimizers.Adam(3e-3)

    @tf.function
    def step(rows, targets):
        with tf.GradientTape() as tape:
            loss = squared(targets, model(rows, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    for _ in range(40):
        for rows, targets in tf.data.Dataset.from_tensor_slices(pictures()).batch(256):
            step(rows, targets)


@pytest.mark.slow
@pytest.mark.parametrize("program", [fitted(squared), looped], ids=["fit", "loop"])
def test_a_mean_over_too_many_entries_is_taken_in_float32(program):
    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED
    cause = report.causes[0]
    assert (cause.code, cause.state) == (Code.PRECISION_OVERFLOW, CauseState.PROVEN)
    assert cause.evidence.startswith("Mean gives 0 in float16") and "reduce_mean" in cause.site.source
    assert not {Code.LOSS_MISMATCH, Code.UNSAFE_DIVISION} & {each.code for each in report.causes}
    assert [remedy.name for remedy in report.plan] == ["promote-precision"]
    assert 0.0 < report.attempts[-1].loss_last < 0.1


@pytest.mark.slow
def test_a_sum_that_overflows_in_a_loss_in_float16_is_taken_in_float32():
    report = autostable.run(fitted(summed))
    assert report.verdict is Verdict.REPAIRED and report.symptom.kind == "nonfinite"
    assert report.causes[0].code is Code.PRECISION_OVERFLOW
    assert [remedy.name for remedy in report.plan] == ["promote-precision"]


@pytest.mark.slow
def test_a_mean_in_float16_over_fewer_entries_is_left_alone():
    report = autostable.run(fitted(squared, batch=128))  # 32,768 of them
    assert (report.verdict, report.causes) == (Verdict.HEALTHY, ())

"""Weight decay that an optimizer's steps do not keep up with: told, lowered, and taken off again."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import CauseState, Code, Verdict
from autostable.setup import OptimizerKnobs, Setup
from autostable.training.install import Installation
from autostable.training.rewind import VariableState

pytestmark = pytest.mark.slow


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(960, 12)).astype("float32")
    y = x @ rng.normal(size=(12, 1))
    return x, (y / y.std()).astype("float32")


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((12,)), layers.Dense(32, "relu"), layers.Dense(32, "relu"), layers.Dense(1)])


def fitted(decay, optimizer=keras.optimizers.AdamW):
    def program():
        model = network()
        model.compile(optimizer(1e-3, weight_decay=decay), "mse")
        model.fit(*data(), epochs=20, verbose=0)

    return program


def looped(decay):
    def program():
        model, optimizer = network(), keras.optimizers.SGD(1e-2, weight_decay=decay)

        @tf.function
        def step(rows, targets):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(rows, training=True) - targets))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

        for _ in range(20):
            for rows, targets in tf.data.Dataset.from_tensor_slices(data()).batch(32):
                step(rows, targets)

    return program


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (fitted(30.0), "model.compile(optimizer(1e-3, weight_decay=decay)"),
        (looped(5.0), "keras.optimizers.SGD(1e-2, weight_decay=decay)"),
    ],
    ids=["fit", "loop"],
)
def test_decay_that_leaves_nothing_of_the_weights_is_lowered(program, line):
    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED
    cause = report.causes[0]
    assert (cause.code, cause.state) == (Code.LOSS_MISMATCH, CauseState.PROVEN) and line in cause.site.source
    assert "of each weight away in each step" in cause.evidence
    assert [remedy.name for remedy in report.plan] == ["lower-weight-decay"]
    assert report.attempts[-1].learning.value > 0.9


@pytest.mark.parametrize("decay", [0.004, 1.0])
def test_decay_that_leaves_room_to_learn_is_left_alone(decay):
    report = autostable.run(fitted(decay))
    assert (report.verdict, report.causes, report.warnings) == (Verdict.HEALTHY, (), ())


def test_what_is_put_on_an_optimizer_is_taken_off_again():
    model = network()
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.5)
    model.compile(optimizer, "mse")
    installation = Installation(model, None)
    installation.put(Setup(optimizer=OptimizerKnobs(decay=0.1)), retrace=False)
    assert optimizer.weight_decay == 0.1
    installation.put(Setup(optimizer=OptimizerKnobs(decay=0.9)), retrace=False)
    assert optimizer.weight_decay == 0.5
    installation.take_off(retrace=False)
    assert optimizer.weight_decay == 0.5


def test_what_is_left_of_the_norm_of_the_matrices():
    kernel, other, bias, zeros = (
        tf.Variable(value) for value in ([[3.0, 0.0], [0.0, 0.0]], [[4.0]], [9.0], [[0.0, 0.0]])
    )
    state = VariableState([kernel, other, bias, zeros])
    for variable in (kernel, other, bias):
        variable.assign(variable * 0.5)
    zeros.assign_add([[1.0, 1.0]])
    assert state.kept([kernel, other, bias, zeros]) == pytest.approx(0.5)
    assert state.kept([bias, zeros]) is None

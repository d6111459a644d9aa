"""Activations that code of the user's calls, in layers, cells and models of its own."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import Code, Verdict
from autostable.training import facts, layers_called
from autostable.training.replay import activations
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run


class Cell(layers.Layer):
    """A recurrent cell whose state nothing bounds."""

    def __init__(self, units):
        super().__init__()
        self.units = self.state_size = self.output_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="he_normal")
        self.recurrent = self.add_weight(shape=(self.units, self.units), initializer="he_normal")

    def call(self, x, states):
        state = tf.nn.relu(x @ self.kernel + states[0] @ self.recurrent)  # fed back
        return state, [state]


class Stack(keras.Model):
    """A gate, hidden activations, and one behind the last weights."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.gate = (layers.Dense(4) for _ in range(3))
        self.last = layers.Dense(1)

    def call(self, x):
        hidden = keras.ops.tanh(self.first(x))
        hidden = tf.nn.relu(self.second(hidden)) * tf.sigmoid(self.gate(x))
        return tf.nn.sigmoid(self.last(hidden))


def called_in(model, x):
    replay = Replay()
    with eagerly():
        run(lambda: model(x), replay)
    return [
        (each.kind, each.site.source.split(" = ")[-1], each.is_output, each.recurrent, each.gate)
        for each in activations.called(replay)
    ]


def test_each_line_is_named_once_with_what_it_is():
    product = "tf.nn.relu(self.second(hidden)) * tf.sigmoid(self.gate(x))"
    assert called_in(Stack(), tf.ones((2, 3))) == [
        ("Tanh", "keras.ops.tanh(self.first(x))", False, False, False),
        ("Relu", product, False, False, True),
        ("Sigmoid", product, False, False, True),
        ("Sigmoid", "return tf.nn.sigmoid(self.last(hidden))", True, False, False),
    ]
    cell = "tf.nn.relu(x @ self.kernel + states[0] @ self.recurrent)  # fed back"
    assert called_in(layers.RNN(Cell(3)), tf.ones((2, 5, 2))) == [("Relu", cell, False, True, False)]
    assert called_in(layers.Dense(3, "relu"), tf.ones((2, 5))) == [], "a layer of Keras' has its own"


@pytest.mark.slow
def test_a_cell_of_ones_own_that_feeds_relu_back_gets_tanh():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(256, 140, 2)).astype("float32")
    model = keras.Sequential(
        [keras.Input((140, 2)), layers.RNN(Cell(48), return_sequences=True), layers.RNN(Cell(48)), layers.Dense(1)]
    )
    model.compile("rmsprop", "mse")
    report = autostable.run(lambda: model.fit(x, x[:, -1, :1] + x[:, -2, 1:], epochs=10, batch_size=32, verbose=0))
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code is Code.GRADIENT_EXPLOSION and report.causes[0].site.source.endswith("# fed back")
    (swapped,) = report.plan
    assert swapped.name == "swap-activation" and [each["activation"] for each in swapped.parameters["calls"]] == [
        "tanh"
    ]
    assert layers_called.names() == []


class Residual(layers.Layer):
    """A cell that is made of a layer."""

    def __init__(self, units):
        super().__init__()
        self.state_size = self.output_size = units
        self.mix = layers.Dense(units, "relu", name="mix")

    def call(self, x, states):
        state = 0.8 * states[0] + self.mix(keras.ops.concatenate([x, states[0]], axis=-1))
        return state, [state]


def test_layers_within_a_cell_are_fed_back():
    model = keras.Sequential([keras.Input((5, 2)), layers.RNN(Residual(3)), layers.Dense(1)])
    assert {layer.name for layer in facts.model_facts(model).layers if layer.recurrent} >= {"mix"}
    assert not facts.model_facts(model).layers[-1].recurrent


def by_time(steps, once):
    """A state that is fed back by a loop of the program's own, or layers that are called one after the other."""
    mixes = [layers.Dense(3) for _ in range(1 if once else steps)]

    def call(x):
        state = x
        for number in range(steps):
            state = keras.ops.relu(mixes[0 if once else number](state))
        return state

    call(tf.ones((2, 3)))  # they are built
    return call


@pytest.mark.parametrize("once", [True, False])
def test_what_is_fed_back_through_the_same_weights_is_recurrent(once):
    call, replay = by_time(4, once), Replay()
    with eagerly():
        run(lambda: call(tf.ones((2, 3))), replay)
    assert [each.recurrent for each in activations.called(replay)] == [once]

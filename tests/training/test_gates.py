"""Which layers are gates: what they give multiplies what others give."""

import keras
import numpy as np
from keras import layers, ops

from autostable.training.examine.gates import gates


class Highway(layers.Layer):
    def __init__(self, name):
        super().__init__(name=name)
        self.plain = layers.Dense(8, "sigmoid", name=f"{name}_plain")
        self.gate = layers.Dense(8, "sigmoid", name=f"{name}_gate")

    def call(self, x):
        open_ = self.gate(x)
        return open_ * self.plain(x) + (1.0 - open_) * x


def test_a_gate_is_told_from_what_it_lets_through():
    inputs = keras.Input((8,))
    x = Highway("own")(layers.Dense(8, "sigmoid", name="first")(inputs))
    squeezed = layers.Dense(8, "sigmoid", name="excitation")(x)
    x = layers.Multiply()([x, ops.reshape(squeezed, (-1, 8))])
    x = layers.Rescaling(2.0)(layers.Dense(8, "sigmoid", name="scaled")(x))
    model = keras.Model(inputs, layers.Dense(1)(x))
    named = ("own_gate", "own_plain", "excitation", "first", "scaled")
    assert gates(model, np.zeros((4, 8), "float32"), named) == {"own_gate", "excitation"}


def test_of_what_cannot_be_traced_nothing_is_said():
    class Wants(keras.Model):
        def call(self, x, more):
            return x * more

    assert gates(Wants(), np.zeros((4, 8), "float32"), ("wants",)) == frozenset()

"""Recurrent kernels: how wide they start, and drawn anew."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from autostable.setup import FINITE, Setup
from autostable.training import facts, install

WIDE = keras.initializers.RandomNormal(stddev=0.5, seed=0)


def model(layer):
    return keras.Sequential([keras.Input((7, 3)), layer, layers.Dense(1)])


@pytest.mark.parametrize("kind", [layers.SimpleRNN, layers.GRU, layers.LSTM])
def test_the_gain_of_an_orthogonal_recurrence_is_one(kind):
    layer = facts.model_facts(model(kind(16))).layers[0]
    assert layer.recurrent_gain == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize("wrap", [lambda layer: layer, layers.Bidirectional], ids=["one way", "both ways"])
def test_a_wide_recurrence_is_drawn_anew(wrap):
    made = model(wrap(layers.SimpleRNN(16, recurrent_initializer=WIDE)))
    layer, *_, last = facts.model_facts(made).layers
    assert layer.recurrent_gain == pytest.approx(0.5 * 16 / 4, rel=0.2)
    assert last.recurrent_gain is None
    before = [weight.copy() for weight in made.layers[0].get_weights()]
    install.Installation(made, None).draw_weights(Setup(initializers={made.layers[0].name: "glorot_uniform"}))
    for cell in install.cells(made.layers[0]):
        if hasattr(cell, "recurrent_kernel"):
            matrix = cell.recurrent_kernel.numpy()
            np.testing.assert_allclose(matrix @ matrix.T, np.eye(16), atol=1e-5)
    after = made.layers[0].get_weights()
    assert [np.array_equal(old, new) for old, new in zip(before, after, strict=True)] == [False, False, True] * (
        len(after) // 3
    )


@keras.saving.register_keras_serializable()
class Plain(layers.Layer):
    """A cell of the user's own without gates."""

    def __init__(self, units, start, gates=1, **kwargs):
        super().__init__(**kwargs)
        self.state_size, self.start, self.gates = units, start, gates

    def build(self, shape):
        self.given = self.add_weight(shape=(shape[-1], self.state_size), name="given")
        self.kept = [
            self.add_weight(shape=(self.state_size, self.state_size), initializer=self.start) for _ in range(self.gates)
        ]

    def call(self, inputs, states):
        state = ops.tanh(inputs @ self.given + sum(states[0] @ each for each in self.kept))
        return state, [state]


SHORT = keras.initializers.RandomNormal(stddev=0.05, seed=0)


@pytest.mark.parametrize(
    ("layer", "forgets"),
    [
        (lambda: layers.RNN(Plain(48, SHORT)), True),
        (lambda: layers.RNN(Plain(48, "orthogonal")), False),
        (lambda: layers.RNN(Plain(48, SHORT, gates=2)), False),  # nobody says which of them keeps the state
        (lambda: layers.SimpleRNN(48, recurrent_initializer=SHORT), True),
        (lambda: layers.SimpleRNN(48), False),
        (lambda: layers.GRU(48, recurrent_initializer=SHORT), False),  # a gate keeps it
    ],
)
def test_a_state_that_nothing_keeps_is_known_by_its_weights(layer, forgets):
    assert facts.model_facts(model(layer())).layers[0].forgets is forgets


def test_the_recurrent_weights_of_an_own_cell_are_drawn_anew():
    made = model(layers.RNN(Plain(16, SHORT)))
    given = ops.convert_to_numpy(made.layers[0].cell.given)
    install.Installation(made, None).draw_weights(Setup(initializers={made.layers[0].name: "glorot_uniform"}))
    matrix = ops.convert_to_numpy(made.layers[0].cell.kept[0])
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(16), atol=1e-5)
    np.testing.assert_array_equal(ops.convert_to_numpy(made.layers[0].cell.given), given)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float64"])
def test_entries_that_are_not_finite_are_put_to_finite_ones(dtype):
    layer = layers.Dense(4, dtype=dtype, use_bias=False)
    model = keras.Sequential([keras.Input((1,)), layer])
    layer.kernel.assign(np.array([[1.0, np.nan, np.inf, -2.0]]))
    install.Installation(model, None).draw_weights(Setup(initializers={layer.name: FINITE}))
    assert ops.convert_to_numpy(ops.cast(layer.kernel, "float32")).tolist() == [[1.0, 0.0, 1.0, -2.0]]


def test_a_table_is_drawn_anew():
    table = layers.Embedding(30, 4, embeddings_initializer="zeros")
    model = keras.Sequential([keras.Input((2,), dtype="int32"), table])
    install.Installation(model, None).draw_weights(Setup(initializers={table.name: "random_uniform"}))
    drawn = ops.convert_to_numpy(table.embeddings)
    assert 0.02 < drawn.std() < 0.04 and np.abs(drawn).max() <= 0.05

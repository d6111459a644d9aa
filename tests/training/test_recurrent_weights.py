"""Recurrent kernels: how wide they start, and drawn anew."""

import keras
import numpy as np
import pytest
from keras import layers

from autostable.setup import Setup
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

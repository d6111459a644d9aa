"""Predictions for a look: many small batches are asked for together, where a model says the same of them so."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.training.examine import model_loss
from autostable.training.examine.rows import Rows


def asked(model, x, batch, seconds=1e6, least=0):
    """Predictions, the rows that they are of, and the numbers of rows that the model was asked of at once."""
    sizes, call = [], type(model).__call__

    class Counting:
        def __call__(self, given, training):
            sizes.append(len(given))
            return call(model, given, training=training)

        def __getattr__(self, name):
            return getattr(model, name)

    made, masks, rows = model_loss._predicted(Counting(), Rows(x, x, None, batch), seconds, least)
    return made, masks, rows, sizes


def plain():
    return keras.Sequential([keras.Input((3,)), layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dense(2)])


class Compared(keras.Model):
    """What it says of a row depends on the other rows of its batch."""

    def call(self, x, training=None):
        return x - tf.reduce_mean(x, axis=0)


X = np.random.default_rng(0).normal(size=(301, 3)).astype("float32")


def test_single_rows_are_asked_of_together():
    model = plain()
    made, _, rows, sizes = asked(model, X, batch=1)
    assert sizes == [1, 1, 2, 256, 43]
    assert rows.tolist() == list(range(301))
    np.testing.assert_allclose(made, np.asarray(model(X, training=False)), atol=1e-6)


def test_a_model_that_compares_rows_is_asked_batch_by_batch():
    model = Compared()
    made, _, _, sizes = asked(model, X, batch=7)
    assert sizes == [7, 7, 14, *[7] * 41] and len(made) == 301
    np.testing.assert_allclose(made[:7], X[:7] - X[:7].mean(axis=0), atol=1e-6)


def test_a_model_that_keeps_a_state_for_each_row_of_a_batch_is_asked_batch_by_batch():
    model = keras.Sequential([keras.Input(batch_shape=(7, 5, 1)), layers.LSTM(2, stateful=True)])
    sizes = asked(model, np.zeros((280, 5, 1), np.float32), batch=7)[3]
    assert sizes == [7, 7, 14, *[7] * 38]


@pytest.mark.parametrize(("rows", "batch"), [(301, 129), (16, 4)])
def test_large_or_few_batches_are_asked_for_one_by_one(rows, batch):
    assert max(asked(plain(), X[:rows], batch=batch)[3]) == batch


def test_rows_that_hold_much_are_not_asked_of_together():
    wide = np.zeros((40, 2**20 // 4), np.float32)  # four of them hold as much as may be asked of at once
    model = keras.Sequential([keras.Input((2**20 // 4,)), layers.Dense(1)])
    assert asked(model, wide, batch=1)[3][:4] == [1, 1, 2, 4]


def test_masks_come_with_the_batches_that_they_are_of():
    model = keras.Sequential([keras.Input((3,)), layers.Embedding(5, 2, mask_zero=True)])
    x = np.random.default_rng(0).integers(0, 5, (40, 3))
    _, (mask,), _, sizes = asked(model, x, batch=2)
    assert max(sizes) > 4 and (np.asarray(mask) == (x != 0)).all()


def test_time_ends_it_as_ever():
    assert asked(plain(), X, batch=7, seconds=0.0)[3] == [7, 7]
    assert sum(asked(plain(), X, batch=7, seconds=0.0, least=100)[3]) - 14 >= 100

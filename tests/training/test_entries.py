"""What a model itself makes of its inputs before the first layer that learns."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from autostable.training.audit import audit
from autostable.training.examine.entries import entries

RNG = np.random.default_rng(0)
PICTURES = RNG.random((20, 6, 6, 1)).astype("float32")
COLUMNS = (RNG.normal(size=(60, 3)) * [1.0, 10.0, 100.0] + 5.0).astype("float32")


def head(*middle):
    return keras.Sequential([keras.Input((6, 6, 1)), *middle, layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])


def seen(model, *arrays):
    return entries(model, list(arrays), [audit("x", each) for each in arrays])


@pytest.mark.parametrize(
    ("model", "kinds", "center", "scale"),
    [
        (head(layers.Rescaling(1 / 255)), ("Rescaling",), (0.0,), (255.0,)),
        (head(layers.RandomFlip(), layers.Rescaling(1 / 127.5, offset=-1.0)), ("Rescaling",), (127.5,), (127.5,)),
        (keras.Sequential([head(layers.Rescaling(1 / 255)), layers.Dense(3)]), ("Rescaling",), (0.0,), (255.0,)),
    ],
    ids=["alone", "behind another layer, with an offset", "in a model within the model"],
)
def test_what_rescales_is_found_and_its_map(model, kinds, center, scale):
    (entry,) = seen(model, PICTURES)
    assert (entry.kinds, entry.center, entry.scale) == (kinds, center, scale)
    assert max(entry.facts.high) == pytest.approx((PICTURES.max() - center[0]) / scale[0], abs=1e-4)


def test_operations_count_as_layers_do():
    given = keras.Input((3,))
    model = keras.Model(given, layers.Dense(2)(keras.ops.subtract(given / 255.0, 1.0)))
    (entry,) = seen(model, COLUMNS)
    assert (entry.kinds, entry.center, entry.scale) == (("TrueDivide", "Subtract"), (255.0,), (255.0,))


def test_a_normalization_has_a_map_for_each_column():
    normal = layers.Normalization()
    normal.adapt(COLUMNS)
    (entry,) = seen(keras.Sequential([keras.Input((3,)), normal, layers.Dense(2)]), COLUMNS)
    assert entry.center == pytest.approx(COLUMNS.mean(axis=0), rel=1e-4)
    assert entry.scale == pytest.approx(COLUMNS.std(axis=0), rel=1e-4)
    assert entry.facts.std == pytest.approx((1.0,) * 3, rel=1e-3)


def test_a_layer_that_learns_takes_its_input_as_it_is():
    assert seen(head(), PICTURES) == (None,)


def two(first, second):
    return keras.Model([first, second], layers.Dense(1)(layers.Concatenate()([first, second])))


def test_of_several_inputs_each_has_its_own():
    first, second = keras.Input((3,)), keras.Input((3,))
    both = layers.Concatenate()([layers.Rescaling(0.01)(first), second])
    entry, other = seen(keras.Model([first, second], layers.Dense(1)(both)), COLUMNS, COLUMNS)
    assert (entry.scale, other) == ((100.0,), None)
    assert seen(two(first, second), COLUMNS, COLUMNS) == (None, None)


class Own(layers.Layer):
    def call(self, x):
        return keras.ops.log1p(keras.ops.abs(x))


class Whole(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x / 255.0)


@pytest.mark.parametrize("first", [Own(), layers.Lambda(lambda x: x / 255.0)])
def test_what_the_users_own_code_makes_of_it_is_not_known(first):
    (entry,) = seen(keras.Sequential([keras.Input((3,)), first, layers.Dense(2)]), COLUMNS)
    assert not entry.known
    whole = Whole()
    whole(COLUMNS)
    (entry,) = seen(whole, COLUMNS)
    assert not entry.known


def test_a_map_that_is_none_is_not_said_to_be_one():
    (entry,) = seen(head(layers.Rescaling(1.0), layers.Normalization(axis=None, mean=0.0, variance=1.0)), PICTURES)
    assert entry.scale == (1.0,)
    given = keras.Input((3,))
    model = keras.Model(given, layers.Dense(2)(keras.ops.clip(given / 10.0, 0.0, 1.0)))
    (entry,) = seen(model, COLUMNS)
    assert (entry.known, entry.scale) == (True, ())

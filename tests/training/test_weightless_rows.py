"""Rows of weight 0 count for nothing: neither in the audit nor in a figure. What is not finite there still does."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

ROWS = 512
SENTINEL = 1e6


def rows():
    """What is measured of a tenth of the rows is not known; a number stands there that is none."""
    drawn = np.random.default_rng(0)
    x = drawn.normal(size=(ROWS, 4)).astype("float32")
    y = (0.5 * x.sum(axis=1, keepdims=True)).astype("float32")
    weight = (drawn.random(ROWS) >= 0.3).astype("float32")
    y[weight == 0] = SENTINEL
    return x, y, weight


class Batches(keras.utils.PyDataset):
    def __init__(self, parts):
        super().__init__()
        self._parts = parts

    def __len__(self):
        return ROWS // 32

    def __getitem__(self, index):
        return tuple(part[32 * index : 32 * index + 32] for part in self._parts)


def fitted(parts, way, **arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", weighted_metrics=[])
    x, y, weight = parts
    given = {
        "arrays": lambda: ((x, y), {"sample_weight": weight, "batch_size": 32}),
        "tf.data": lambda: ((tf.data.Dataset.from_tensor_slices(parts).batch(32),), {}),
        "PyDataset": lambda: ((Batches(parts),), {}),
        "generator": lambda: (((Batches(parts)[at % 16] for at in range(16 * 12)),), {"steps_per_epoch": 16}),
    }[way]
    given, more = given()
    model.fit(*given, epochs=12, verbose=0, **more, **arguments)
    return model.get_weights()


def by_hand(parts):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    for index in [*range(ROWS // 32)] * 12:
        model.train_on_batch(*Batches(parts)[index])


def said(story):
    return {each.code: each.evidence for each in (*story.warnings, *story.causes)}


@pytest.mark.parametrize("way", ["arrays", "tf.data", "PyDataset", "generator"])
def test_a_number_that_stands_for_nothing_is_no_target(stories, way):
    alone, found = fitted(rows(), way), []
    (story,) = stories(lambda: found.extend(fitted(rows(), way)), repair=True)
    assert (story.verdict, said(story)) == (Verdict.HEALTHY, {})
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(found, alone, strict=True))
    record = story.attempts[0].learning
    assert record.reason == "learnt" and record.value > 0.9  # R2 of the rows that count
    assert record.rows < 400


def test_by_hand(stories):
    (story,) = stories(lambda: by_hand(rows()), repair=True)
    assert (story.verdict, said(story)) == (Verdict.HEALTHY, {})


def test_inputs_of_such_rows_are_no_outliers(stories):
    x, y, weight = rows()
    x[weight == 0] = 1e5
    (story,) = stories(lambda: fitted((x, y, weight), "arrays"), repair=True)
    assert (story.verdict, said(story)) == (Verdict.HEALTHY, {})


def test_an_outlier_of_a_row_that_counts_is_told_with_its_own_place(stories):
    x, y, weight = rows()
    place = int(np.flatnonzero(weight)[100])
    x[place, 2] = 1e10
    (story,) = stories(lambda: fitted((x, y, weight), "arrays"), repair=True)
    assert f"x row {place}, column 2 is 1e+10" in said(story)[Code.DATA_OUTLIERS]


@pytest.mark.parametrize("way", ["arrays", "tf.data"])
def test_nan_of_such_a_row_is_told_all_the_same(stories, way):
    """0 * NaN is NaN."""
    x, y, weight = rows()
    place = int(np.flatnonzero(weight == 0)[3])
    x[place, 1] = np.nan
    (story,) = stories(lambda: fitted((x, y, weight), way), repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert story.causes[0].code is Code.DATA_NONFINITE
    assert f"in 1 of {ROWS} rows (rows {place}, columns 1)" in said(story)[Code.DATA_NONFINITE]


def test_validation_rows_of_weight_zero(stories):
    x, y, weight = rows()
    unseen = rows()
    (story,) = stories(lambda: fitted((x, y, weight), "arrays", validation_data=unseen), repair=True)
    assert (story.verdict, said(story)) == (Verdict.HEALTHY, {})


def test_a_class_of_weight_zero_is_no_class(stories):
    """The third label means that nobody knows; its class weight leaves it out."""
    x, _, weight = rows()
    labels = np.where(weight == 0, 2, x[:, 0] > 0).astype("int32")

    def program():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "tanh"), layers.Dense(3, "softmax")])
        model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        model.fit(x, labels, class_weight={0: 1.0, 1: 1.0, 2: 0.0}, epochs=12, batch_size=32, verbose=0)

    (story,) = stories(program, repair=True)
    assert (story.verdict, said(story)) == (Verdict.HEALTHY, {})
    assert story.attempts[0].learning.rows < 400

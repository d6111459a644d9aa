"""Batches of fewer rows than the others take no part: of arrays, pipelines, `PyDataset`s and generators."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.setup import Setup
from autostable.training import data

ROWS, SIZE = 33, 16  # the last of three batches has one row
WHOLE = Setup(whole_batches=SIZE)
X = np.arange(2.0 * ROWS, dtype="float32").reshape(ROWS, 2)
Y = X[:, :1] + 1.0
WEIGHTS = np.linspace(1.0, 2.0, ROWS).astype("float32")


def prepared(x: Any, **arguments: Any) -> dict[str, Any]:
    given = {"x": x, "y": None, "batch_size": SIZE, "sample_weight": None, "validation_split": 0.0, **arguments}
    return data.prepared(given, WHOLE)


def pipeline(**options: Any) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(ROWS, seed=3).batch(SIZE, **options)


class Reading(keras.utils.PyDataset):
    """Three batches, the last of one row; counts what is read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def __len__(self) -> int:
        return -(-ROWS // SIZE)

    def __getitem__(self, index: int) -> Any:
        self.read += 1
        rows = slice(index * SIZE, (index + 1) * SIZE)
        return X[rows], Y[rows]


def batches() -> Iterator[Any]:
    for at in range(0, ROWS, SIZE):
        yield X[at : at + SIZE], Y[at : at + SIZE]


def test_weights_need_nothing_around_them() -> None:
    assert WHOLE.in_flight and WHOLE.for_training_only and not WHOLE.neutral


# -- arrays -------------------------------------------------------------------------------------


def test_rows_behind_the_last_whole_batch_are_cut_off() -> None:
    changed = prepared({"a": X, "b": [Y, X]}, y=Y, sample_weight=WEIGHTS)
    lengths = [len(part) for name in ("x", "y", "sample_weight") for part in keras.tree.flatten(changed[name])]
    assert lengths == [32] * 5
    np.testing.assert_array_equal(changed["x"]["b"][0], Y[:32])
    assert changed["sample_weight"].tolist() == WEIGHTS[:32].tolist()
    assert len(X) == ROWS and changed.get("validation_data") is None


def test_rows_that_are_kept_back_stay_the_very_same() -> None:
    changed = prepared(X, y=Y, sample_weight=WEIGHTS, validation_split=0.4)  # 19 are trained on
    assert (len(changed["x"]), len(changed["y"]), len(changed["sample_weight"])) == (16, 16, 16)
    assert changed["validation_split"] == 0.0
    for kept, given in zip(changed["validation_data"], (X, Y, WEIGHTS), strict=True):
        assert kept.tolist() == given[19:].tolist()


def test_validation_data_stay() -> None:
    changed = prepared(X, y=Y, validation_data=(X, Y), validation_split=0.4)
    assert (len(changed["x"]), len(changed["validation_data"][0])) == (32, ROWS)


@pytest.mark.parametrize(
    "arguments",
    [
        {"x": X[:32], "y": Y[:32]},
        {"x": X[:5], "y": Y[:5]},  # nothing would be left
        {"x": X, "y": Y, "batch_size": 11},
        {"x": X, "y": Y, "steps_per_epoch": 3},
        {"x": X[:20], "y": Y[:20], "validation_split": 0.2},
    ],
    ids=["whole batches only", "one small batch only", "another size", "steps that are set", "whole without kept rows"],
)
def test_arrays_that_stay_as_they_are(arguments: dict[str, Any]) -> None:
    given = {"batch_size": SIZE, **arguments}
    assert data.prepared(given, WHOLE) == given


def test_rows_that_are_dropped_are_dropped_first() -> None:
    x = X.copy()
    x[3, 0] = np.nan  # 32 are left
    changed = data.prepared({"x": x, "y": Y, "batch_size": SIZE}, Setup(drop_rows=True, whole_batches=SIZE))
    assert len(changed["x"]) == 32 and changed["y"][-1].tolist() == Y[-1].tolist()


def test_tensors_and_frames() -> None:
    import pandas as pd

    assert prepared(tf.constant(X), y=tf.constant(Y))["x"].shape == (32, 2)
    frame = pd.DataFrame(X, index=np.arange(0.0, ROWS)[::-1])
    assert prepared(frame, y=pd.Series(Y[:, 0]))["x"].to_numpy().tolist() == X[:32].tolist()


# -- what gives batches -------------------------------------------------------------------------


def test_a_pipeline_gives_whole_batches_and_says_how_many() -> None:
    changed = prepared(pipeline())["x"]
    assert [len(x) for x, _ in changed] == [16, 16] and int(changed.cardinality()) == 2


def test_small_batches_in_the_middle_are_counted_too() -> None:
    changed = prepared(pipeline().repeat(3))["x"]
    assert [len(x) for x, _ in changed] == [16] * 6 and int(changed.cardinality()) == 6


def test_an_endless_pipeline_stays_so_under_any_number_of_steps() -> None:
    changed = prepared(pipeline().repeat(), steps_per_epoch=3)["x"]
    assert int(changed.cardinality()) == tf.data.INFINITE_CARDINALITY
    assert [len(x) for x, _ in changed.take(5)] == [16] * 5


def test_a_pipeline_that_does_not_know_its_length_needs_not_know_it() -> None:
    given = tf.data.Dataset.from_generator(
        batches, output_signature=(tf.TensorSpec((None, 2)), tf.TensorSpec((None, 1)))
    )
    changed = prepared(given)["x"]
    assert [len(x) for x, _ in changed] == [16, 16] and int(changed.cardinality()) == tf.data.UNKNOWN_CARDINALITY


@pytest.mark.parametrize("steps", [None, 2])
def test_a_pipeline_that_stays_as_it_is(steps: int | None) -> None:
    given = pipeline() if steps else tf.data.Dataset.from_tensor_slices((X, Y)).batch(SIZE, drop_remainder=True)
    assert prepared(given, steps_per_epoch=steps)["x"] is given


def test_counting_leaves_the_order_of_a_pipeline_alone() -> None:
    counted, other = pipeline(), pipeline()
    prepared(counted)
    assert [x.numpy().tolist() for x, _ in counted] == [x.numpy().tolist() for x, _ in other]


def test_of_dictionaries_what_has_rows_is_looked_at() -> None:
    given = tf.data.Dataset.from_tensor_slices({"a": X, "b": Y}).batch(SIZE)
    given = given.map(lambda batch: {"scale": tf.constant([1.0, 2.0]), **batch})
    assert [len(batch["a"]) for batch in prepared(given)["x"]] == [16, 16]


def test_a_py_dataset_ends_one_batch_earlier() -> None:
    inner = Reading()
    changed = prepared(inner)["x"]
    assert changed.num_batches == 2 and inner.read == 0  # what was read for that is forgotten
    assert [len(changed[at][0]) for at in range(2)] == [16, 16]


def test_a_py_dataset_that_stays_as_it_is() -> None:
    inner = Reading()
    assert prepared(inner, steps_per_epoch=3)["x"] is inner
    assert data.prepared({"x": inner, "y": None}, Setup(whole_batches=1))["x"] is inner


def test_a_generator_passes_over_small_batches() -> None:
    assert [len(x) for x, _ in prepared(batches())["x"]] == [16, 16]
    lists = [([[1.0]], [[2.0]])] * 2
    assert list(prepared(iter(lists))["x"]) == lists  # nobody knows how many rows they have


# -- fits ---------------------------------------------------------------------------------------


def fitted(x: Any, y: Any = None, setup: Setup = WHOLE, **options: Any) -> tuple[Any, Any]:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), layers.BatchNormalization(), layers.Dense(1)])
    model.compile("adam", "mse")
    given = {"x": x, "y": y, "epochs": 3, "verbose": 0, **options}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        history = model.fit(**data.prepared(given, setup))
    return model.get_weights(), history.history


def same(one: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    assert [each.tolist() for each in one[0]] == [each.tolist() for each in other[0]]
    assert one[1] == other[1]


@pytest.mark.slow
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_a_fit_of_arrays_is_that_of_the_rows_in_whole_batches(weights: Any) -> None:
    less = None if weights is None else weights[:32]
    under = fitted(X, Y, batch_size=SIZE, sample_weight=weights)
    same(under, fitted(X[:32], Y[:32], Setup(), batch_size=SIZE, sample_weight=less))


@pytest.mark.slow
def test_and_validated_on_the_rows_that_were_kept_back() -> None:
    under = fitted(X, Y, batch_size=SIZE, validation_split=0.4)
    same(under, fitted(X[:16], Y[:16], Setup(), batch_size=SIZE, validation_data=(X[19:], Y[19:])))


@pytest.mark.slow
def test_a_fit_of_a_pipeline_is_that_with_drop_remainder_and_has_nothing_to_say_of_its_length() -> None:
    under = fitted(pipeline(), shuffle=False)
    same(under, fitted(pipeline(drop_remainder=True), None, Setup(), shuffle=False))


class Shorter(Reading):
    """The same without the last batch."""

    def __len__(self) -> int:
        return ROWS // SIZE


@pytest.mark.slow
def test_a_fit_of_a_py_dataset() -> None:
    same(fitted(Reading()), fitted(Shorter(), None, Setup()))

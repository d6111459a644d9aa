"""Rows kept back from one more training under a plan: what it knows of them nobody can have learnt by heart."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable.training import data
from autostable.training.examine import rows
from autostable.training.examine.rows import Rows
from autostable.training.pipelines import Pipeline

_BLOCKS = 50  # contiguous ones: rows beside each other may be of one patient
_EVERY = 5  # of these are kept back: a fifth of the rows
_BUCKETS = 1 << 40  # of the hashes that tell rows by what they hold


def held_back(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Rows] | None:
    """The arguments of a fit without a fifth of its rows, and these rows; None where its data cannot be divided.

    Of arrays they are kept back in blocks. Of a pipeline it is known by what a row holds whether it is kept back: in whatever
    order they come, it is the same ones in each epoch.

    Args:
        arguments: Those of `fit`.
    """
    if isinstance(arguments["x"], tf.data.Dataset):
        return _of_pipeline(arguments)
    count = data.row_count(arguments["x"])
    if count is None or arguments.get("y") is None:
        return None
    place = np.arange(count)[data.training_rows(dict(arguments))]
    blocks = np.array_split(place, _BLOCKS)
    back = np.concatenate(blocks[::_EVERY])
    rest = np.setdiff1d(place, back)
    found = rows.trained_on({**arguments, **_taken(arguments, back), "validation_split": 0.0})
    if found is None:
        return None
    return {**arguments, **_taken(arguments, rest), "validation_split": 0.0, "validation_data": None}, found


def _taken(arguments: Mapping[str, Any], chosen: Any) -> dict[str, Any]:
    return {
        name: tree.map_structure(lambda part: None if part is None else np.asarray(part)[chosen], arguments.get(name))
        for name in ("x", "y", "sample_weight")
    }


def _of_pipeline(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Rows] | None:
    dataset = arguments["x"]
    spec = dataset.element_spec
    plain = (
        isinstance(spec, tuple)
        and len(spec) > 1
        and all(isinstance(each, tf.TensorSpec) for each in tree.flatten(spec))
    )
    count = int(dataset.cardinality().numpy())
    if not plain or count < 1 or arguments.get("steps_per_epoch") is not None:
        return None
    copy = Pipeline(dataset).again()
    first = None if copy is None else next(iter(copy), None)
    if copy is None or first is None:
        return None
    size = int(tf.shape(tree.flatten(first)[0])[0])
    if count * size > data.MOST_ROWS or _sum_of_hashes(copy) != _sum_of_hashes(copy):
        return None  # rows that are drawn anew in each epoch
    back = copy.unbatch().filter(lambda *row: _hash(row) % _EVERY == 0).batch(size)
    rest = copy.unbatch().filter(lambda *row: _hash(row) % _EVERY != 0).batch(size)
    found = rows.trained_on({**arguments, "x": back})
    if found is None:
        return None
    return {**arguments, "x": rest, "validation_data": None}, dataclasses.replace(found, batch=size)


def _hash(row: Any) -> Any:
    x, y, _ = keras.utils.unpack_x_y_sample_weight(tuple(row))
    held = [tf.io.serialize_tensor(part) for part in tree.flatten((x, y))]
    return tf.strings.to_hash_bucket_fast(tf.strings.join(held), _BUCKETS)


def _sum_of_hashes(dataset: tf.data.Dataset) -> int:
    """The same for the same rows in any order."""
    return int(dataset.unbatch().reduce(tf.constant(0, tf.int64), lambda total, *row: total + _hash(row[0])))

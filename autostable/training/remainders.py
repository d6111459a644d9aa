"""Batches of fewer rows than the others, left out of what `fit` is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import tree

from autostable.training.examine.kept import rows_in
from autostable.training.handing_on import HandingOn
from autostable.training.pipelines import Pipeline
from autostable.training.rewind import untouched


def possible(arguments: dict[str, Any], in_memory: bool) -> bool:
    """Whether a fit can do without its small batches.

    With a number of steps that is set it would want batches that are not there then, unless there is no end of them.

    Args:
        arguments: Those of `fit`.
        in_memory: Whether it is given arrays.
    """
    x = arguments["x"]
    if isinstance(x, tf.data.Dataset):
        endless = int(x.cardinality()) == tf.data.INFINITE_CARDINALITY
        return endless or not arguments.get("steps_per_epoch")
    if isinstance(x, keras.utils.PyDataset) and x.num_batches is None:
        return False
    kinds = keras.utils.PyDataset | Iterator
    return (in_memory or isinstance(x, kinds)) and not arguments.get("steps_per_epoch")


def rows_of(batch: Any) -> int:
    """How many rows a batch has: as many as most of its parts; a dictionary may hold others beside them."""
    lengths = [count for part in tree.flatten(batch) if (count := rows_in(part))]
    return max(lengths, key=lengths.count, default=0)


def cut_off(arguments: dict[str, Any], whole: int, trained: int) -> dict[str, Any]:
    """The arguments of a fit of arrays without the rows behind its last whole batch; all arrays stay as they are.

    Rows that `validation_split` keeps back are the very same ones: Keras would take them from the end of fewer rows.

    Args:
        arguments: Those of `fit`.
        whole: Batches of fewer rows take no part.
        trained: How many of the rows are trained on.
    """
    over = trained % int(arguments.get("batch_size") or 32)
    if not 0 < over < whole or over == trained:
        return arguments
    names = ("x", "y", "sample_weight")
    given = tuple(arguments.get(name) for name in names)
    kept = dict(zip(names, _rows(given, slice(0, trained - over)), strict=True))
    if not arguments.get("validation_split") or arguments.get("validation_data") is not None:
        return {**arguments, **kept}
    unseen = _rows(given, slice(trained, None))
    return {**arguments, **kept, "validation_data": unseen, "validation_split": 0.0}


def _rows(parts: tuple[Any, ...], rows: slice) -> tuple[Any, ...]:
    def part(array: Any) -> Any:
        return None if array is None else array.iloc[rows] if hasattr(array, "iloc") else array[rows]

    return tuple(None if each is None else tree.map_structure(part, each) for each in parts)


def whole_ones(x: Any, whole: int) -> Any:
    """A pipeline, a `PyDataset` or a generator without batches of fewer rows: of a `PyDataset` without its last one."""
    if isinstance(x, tf.data.Dataset):
        return _of_pipeline(x, whole)
    if isinstance(x, keras.utils.PyDataset):
        return _WithoutLast(x, processes=True) if _ends_small(x, whole) else x
    return (batch for batch in x if not 0 < rows_of(batch) < whole)


def _of_pipeline(x: tf.data.Dataset, whole: int) -> tf.data.Dataset:
    specs = tree.flatten(x.element_spec)
    # of what has rows their number is not known before a batch is there; where it is all have the same
    place = next((at for at, spec in enumerate(specs) if isinstance(spec, tf.TensorSpec) and _varies(spec.shape)), None)
    if place is None:
        return x
    filtered = x.filter(lambda *batch: tf.shape(tree.flatten(batch)[place])[0] >= whole)
    count = int(x.cardinality())
    if count >= 0:
        # of a pipeline that does not know its length Keras says that it has run out of data
        count = _count(x, filtered)
    elif count != tf.data.INFINITE_CARDINALITY:
        return filtered
    return filtered.apply(tf.data.experimental.assert_cardinality(count))


def _varies(shape: tf.TensorShape) -> bool:
    return shape.rank is None or (shape.rank > 0 and shape[0] is None)


def _count(x: tf.data.Dataset, filtered: tf.data.Dataset) -> int:
    """How many batches are left, read from a copy where there can be one: an iterator of the pipeline moves its shuffles on."""
    copied = Pipeline(filtered).again()
    with untouched(x):
        return sum(1 for _ in (filtered if copied is None else copied))


def _ends_small(x: Any, whole: int) -> bool:
    """Whether the last batch of a `PyDataset` has fewer rows; it is read for that."""
    if not x.num_batches or x.num_batches < 2:
        return False
    with untouched(x):
        return 0 < rows_of(x[x.num_batches - 1]) < whole


class _WithoutLast(HandingOn):
    """A `PyDataset` without the last of its batches."""

    @property
    def num_batches(self) -> int | None:
        return self._inner.num_batches - 1  # type: ignore[no-any-return]

"""What of a training's data counts for its loss: no row of weight 0, and no label that the loss ignores.

What does not count is no data to an audit, a figure or a plain model. But what is not finite there is told all the same, for
0 * NaN is NaN.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from keras import tree

from autostable.evidence import ArrayFacts
from autostable.training import compiled_losses, seams
from autostable.training.audit import LISTED, MOST_ENTRIES

Array = np.ndarray[Any, Any]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Look = Callable[[str, Any], ArrayFacts | None]


def labels(target: Any, ignored: int | None, weight: Any) -> Mask | None:
    """Which parts of a target count, by as many of its first axes as tell them apart; None where all of it does.

    Args:
        target: Rows first.
        ignored: The label that its loss ignores.
        weight: What its rows, or their steps, weigh; None where all weigh the same.
    """
    array = np.asarray(target)
    return both(_not_ignored(array, ignored), _weighing(array, weight))


def _not_ignored(array: Array, ignored: int | None) -> Mask | None:
    return None if ignored is None or array.dtype.kind not in "biuf" or not array.ndim else np.asarray(array != ignored)


def _weighing(array: Array, weight: Any) -> Mask | None:
    """Where a weight is not 0, by axes that the target has, too."""
    if weight is None or not array.ndim:
        return None
    found = np.asarray(weight) != 0
    while found.ndim > 1 and found.shape[-1] == 1 and found.shape != array.shape:
        found = found[..., 0]
    if not found.ndim or len(found) != len(array):
        return None
    same = found.ndim <= array.ndim and found.shape == array.shape[: found.ndim]
    return found if same else np.asarray(found.reshape(len(found), -1).any(axis=1))


def targets(model: Any, y: Any, weight: Any) -> list[Mask | None]:
    """The same for each part of a target, in the order of the outputs that they are for.

    Args:
        model: What is trained.
        y: A structure of arrays; None where there is no target.
        weight: A structure as that of the targets, or one for all of them.
    """
    parts = [part for part in seams.target_parts(model, y) if part is not None] if y is not None else []
    weights = [None] if weight is None else seams.target_parts(model, weight)
    weights = weights * len(parts) if len(weights) == 1 else weights
    ignored = compiled_losses.ignored_labels(model)
    if len(weights) != len(parts):
        weights = [None] * len(parts)
    if len(ignored) != len(parts):
        ignored = (None,) * len(parts)
    return [labels(*each) for each in zip(parts, ignored, weights, strict=True)]


def over(mask: Mask, axes: int) -> Mask:
    """A mask by first axes as one that can be held against an array of more of them."""
    return mask.reshape(mask.shape + (1,) * (axes - mask.ndim))


def both(one: Mask | None, other: Mask | None) -> Mask | None:
    """What counts by two masks, each by first axes; None where all does."""
    known = [each for each in (one, other) if each is not None]
    if not known:
        return None
    axes = max(each.ndim for each in known)
    found: Mask = np.asarray(functools.reduce(np.logical_and, [over(each, axes) for each in known]))
    by_row = found.reshape(len(found), -1)
    if (by_row.any(axis=1) == by_row.all(axis=1)).all():
        found = np.asarray(by_row.all(axis=1))
    return None if found.all() else np.asarray(found)


def rows(masks: Sequence[Mask | None]) -> Mask | None:
    """The rows of which anything counts, for any of the targets; None where those are all."""
    if not masks or any(mask is None for mask in masks):
        return None
    found = np.logical_or.reduce([mask.reshape(len(mask), -1).any(axis=1) for mask in masks if mask is not None])
    return None if found.all() else np.asarray(found)


def rows_of(model: Any, y: Any, weight: Any) -> Mask | None:
    """The rows of some data of which anything counts; None where those are all, or none (see `targets`)."""
    found = rows(targets(model, y, weight))
    return None if found is None or not found.any() else found


def class_weights(labels: Any, weights: Mapping[int, float]) -> Any:
    """What Keras makes of `class_weight`: one weight a row, by its class (the place of the largest entry, one-hot)."""
    table = np.asarray(labels)
    classes = table.argmax(axis=-1) if table.ndim > 1 and table.shape[-1] > 1 else table.reshape(len(table), -1)[:, 0]
    return np.asarray([weights.get(int(each), 1.0) for each in classes], "float32")


def weighed(y: Any, weight: Any, by_class: Mapping[int, float] | None) -> Any:
    """What rows weigh: as they are given, else by their classes where there is one of weight 0.

    Args:
        y: A structure of arrays.
        weight: A structure of arrays; None where none is given.
        by_class: The class weights of a fit.
    """
    if weight is not None or y is None or not by_class or all(by_class.values()) or len(tree.flatten(y)) != 1:
        return weight
    return class_weights(tree.flatten(y)[0], by_class)


def kept(structure: Any, mask: Mask | None) -> Any:
    """The parts of a structure of arrays that count."""
    return structure if mask is None else tree.map_structure(lambda part: _kept(part, mask), structure)


def _kept(part: Any, mask: Mask) -> Any:
    array = None if part is None else np.asarray(part)
    return array[mask] if array is not None and array.shape[: mask.ndim] == mask.shape else part


def counting_alone(look: Look, mask: Mask | None) -> Look:
    """A look at arrays that sees of their numbers only those that count; of what is not finite all.

    Args:
        look: Audits an array.
        mask: What counts, by first axes; None where all does.
    """
    if mask is None:
        return look

    def seen(name: str, values: Any) -> ArrayFacts | None:
        array = np.asarray(values)
        whole = look(name, array)
        if whole is None or array.shape[: mask.ndim] != mask.shape:
            return whole
        counting = np.flatnonzero(mask.reshape(len(mask), -1).any(axis=1))
        chosen = counting[:: max(1, array.size // MOST_ENTRIES)]  # what counts is copied
        places = chosen[np.nonzero(mask[chosen])[0]]
        found = look(name, array[chosen][mask[chosen]])
        if found is None:
            return whole
        return dataclasses.replace(
            found,
            shape=whole.shape,
            rows_read=whole.rows_read,
            left_out=int(mask.size - mask.sum()) * (array.size // mask.size),
            nan=whole.nan,
            inf=whole.inf,
            bad_rows=whole.bad_rows[:LISTED],
            bad_row_count=whole.bad_row_count,
            bad_columns=whole.bad_columns,
            outliers=tuple((int(places[row]), column, value) for row, column, value in found.outliers),
        )

    return seen

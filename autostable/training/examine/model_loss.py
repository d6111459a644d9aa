"""A model's own loss at inference, for any order of the targets and for constant outputs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from keras import tree

from autostable.training.examine.rows import Rows

Array = np.ndarray[Any, Any]


class ModelLoss:
    """What a model predicts for some rows, and its own loss of it.

    Predictions are made once, on the inference path, in batches of the training's own size. The loss is computed in such
    batches too (one that compares rows would need the memory of all pairs), unless it comes with Keras: those average
    over rows.

    Args:
        model: What is trained.
        rows: What it is asked about.
        loss: Function of (x, y, predictions, weight) that gives the training's loss as a scalar tensor.
        by_row: The loss is a mean over rows.
        seconds: After so long no further batch is predicted (the first two are in any case).
    """

    def __init__(self, model: Any, rows: Rows, loss: Callable[..., Any], *, by_row: bool, seconds: float) -> None:
        self._loss = loss
        made, masks, seen = _predicted(model, rows, seconds)
        self.rows = rows.first(seen)
        self.predictions = made
        self._flat = [tf.convert_to_tensor(part) for part in tree.flatten(made)]
        for tensor, mask in zip(self._flat, masks, strict=True):
            if mask is not None:
                tensor._keras_mask = tf.convert_to_tensor(mask)
        self._x, self._y, self._weight = (
            tree.map_structure(lambda part: None if part is None else tf.convert_to_tensor(part), each)
            for each in (self.rows.x, self.rows.y, self.rows.weight)
        )
        self._size = seen if by_row else rows.batch

    @property
    def count(self) -> int:
        """Rows that were predicted."""
        return self.rows.count

    def true(self) -> float:
        """The loss on the true pairs."""
        return self._of(self._flat, self._y, self._weight)

    def shuffled(self, target: int | None = None) -> Callable[[Array], float]:
        """The loss as a function of an order of rows: the targets (or one of several) are put into that order.

        The weights of the rows go with their targets, so that what a row counts for stays what it was.
        """
        several = len(tree.flatten(self._y)) > 1

        def loss(order: Array) -> float:
            def moved(part: Any) -> Any:
                return None if part is None else tf.gather(part, order)

            if target is None or not several:
                return self._of(self._flat, tree.map_structure(moved, self._y), tree.map_structure(moved, self._weight))
            parts = tree.flatten(self._y)
            parts[target] = moved(parts[target])
            return self._of(self._flat, tree.pack_sequence_as(self._y, parts), self._weight)

        return loss

    def constant(self, output: int) -> Callable[[Array], float]:
        """The loss as a function of what one output says of every row."""
        like = self._flat[output]

        def loss(value: Array) -> float:
            same = tf.broadcast_to(tf.cast(tf.reshape(value, like.shape[1:]), like.dtype), tf.shape(like))
            if getattr(like, "_keras_mask", None) is not None:
                same._keras_mask = like._keras_mask
            return self._of([*self._flat[:output], same, *self._flat[output + 1 :]], self._y, self._weight)

        return loss

    def of_output(self, output: int, values: Array) -> float:
        """The loss with other predictions in the place of one output."""
        like = self._flat[output]
        other = tf.cast(tf.convert_to_tensor(values), like.dtype)
        return self._of([*self._flat[:output], other, *self._flat[output + 1 :]], self._y, self._weight)

    def reads_targets(self) -> bool:
        """Whether the loss depends on the targets at all."""
        true = self.true()
        changed = self._of(self._flat, tree.map_structure(_other, self._y), self._weight)
        return not np.isclose(changed, true, rtol=1e-6, atol=0.0)

    def reads_pairs(self, output: int | None) -> bool:
        """Whether shuffling the targets would move the loss of outputs that do differ from row to row."""
        drawn = np.random.default_rng(0)
        flat = [
            tf.cast(tf.convert_to_tensor(_telling(np.asarray(each), self._y, drawn)), each.dtype)
            if output in (None, at) else each
            for at, each in enumerate(self._flat)
        ]  # fmt: skip
        order = drawn.permutation(self.count)
        moved = tree.map_structure(lambda part: tf.gather(part, order), self._y)
        before, after = self._of(flat, self._y, None), self._of(flat, moved, None)
        return not np.isclose(after, before, rtol=1e-6, atol=0.0)

    def _of(self, flat: list[Any], y: Any, weight: Any) -> float:
        values, counts = [], []
        for start in range(0, self.count, self._size):
            part = slice(start, min(start + self._size, self.count))
            predictions = tree.pack_sequence_as(self.predictions, [_part(each, part) for each in flat])
            x, targets, weights = (_parts(each, part) for each in (self._x, y, weight))
            values.append(float(self._loss(x, targets, predictions, weights)))
            counts.append(part.stop - part.start)
        return float(np.average(values, weights=counts))


def _telling(like: Array, targets: Any, drawn: np.random.Generator) -> Array:
    """Outputs of the same kind (shares that sum to one, shares, numbers) that differ from row to row, drawn at random."""
    noise: Array = np.asarray(drawn.normal(size=like.shape))
    if like.min() < 0 or like.max() > 1 + 1e-3:
        numbers = [np.asarray(part, np.float64) for part in tree.flatten(targets) if part.dtype.is_floating]
        known = numbers[0][np.isfinite(numbers[0])] if numbers else np.zeros(1)
        return noise * (float(known.std()) or 1.0) + float(known.mean())
    if like.ndim > 1 and like.shape[-1] > 1 and np.allclose(like.sum(axis=-1), 1, atol=1e-3):
        grown = np.exp(noise)
        return np.asarray(grown / grown.sum(axis=-1, keepdims=True))
    return np.asarray(1 / (1 + np.exp(-noise)))


def _parts(structure: Any, rows: slice) -> Any:
    return tree.map_structure(lambda each: None if each is None else _part(each, rows), structure)


def _part(tensor: Any, rows: slice) -> Any:
    if rows.start == 0 and rows.stop == tensor.shape[0]:
        return tensor
    taken = tensor[rows]
    mask = getattr(tensor, "_keras_mask", None)
    if mask is not None:
        taken._keras_mask = mask[rows]
    return taken


def _other(part: Any) -> Any:
    """Other targets of the same kind, the same for all rows: another class, or other numbers."""
    return tf.zeros_like(part) + part[:1] if part.dtype.is_integer else part * 1.5 + 1


def _predicted(model: Any, rows: Rows, seconds: float) -> tuple[Any, list[Any], int]:
    """Predictions for the first rows, the masks that come with them, and how many rows these are."""
    began, made, masks, done = time.perf_counter(), [], [], 0
    while done < rows.count:
        part = slice(done, min(done + rows.batch, rows.count))
        given = tree.map_structure(lambda each, part=part: tf.convert_to_tensor(each[part]), rows.x)
        outputs = model(given, training=False)
        masks.append([getattr(each, "_keras_mask", None) for each in tree.flatten(outputs)])
        made.append(tree.map_structure(np.asarray, outputs))
        done = part.stop
        if len(made) > 1 and time.perf_counter() - began > seconds:
            break
    joined = tree.map_structure(lambda *parts: np.concatenate(parts), *made)
    whole = [
        None if any(each is None for each in column) else np.concatenate(column) for column in zip(*masks, strict=True)
    ]
    return joined, whole, done

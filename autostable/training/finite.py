"""Whether tensors are finite, in as few operations of a step as can be, and gradients withheld where they are not.

Small tensors are laid end to end and looked at together: an operation on a small tensor costs what
it costs to start it. Large ones each have their own, for a flag shared by all is a barrier between
backpropagation and the first update.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.training import seams

SMALL = 1 << 13  # entries of a tensor that is looked at together with others
FEW = 1 << 16  # entries of a gradient that are cheaper multiplied by a mask than put behind a branch


def values(gradient: Any) -> Any:
    """The tensor that holds a gradient's entries."""
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def half_square_sum(tensor: Any) -> Any:
    """sum(t ** 2) / 2 as float32; non-finite where an entry is (or where a square overflows)."""
    return tf.cast(tf.nn.l2_loss(_summable(tensor)), tf.float32)


def total(tensor: Any) -> Any:
    """The sum as float32; non-finite where an entry is (or where finite ones add up to more than float32 holds)."""
    found = tf.reduce_sum(_summable(tensor))
    return found if found.dtype == tf.float32 else tf.where(tf.math.is_finite(found), tf.zeros((), tf.float32), np.nan)


def grand_total(tensors: Sequence[Any]) -> Any:
    """A float32 that is finite where all entries of all tensors are; at least one tensor."""
    sums = [total(bundle.entries) for bundle in bundles(tensors)]
    return sums[0] if len(sums) == 1 else tf.add_n(sums)


def _summable(tensor: Any) -> Any:
    if tensor.dtype.is_complex:
        tensor = tf.abs(tensor)
    return tf.cast(tensor, tf.float32) if tensor.dtype in (tf.float16, tf.bfloat16) else tensor


class Bundle:
    """Tensors that share a flag.

    Attributes:
        places: Where they stand among those that were bundled.
        entries: All their entries.
    """

    def __init__(self, places: Sequence[int], tensors: Sequence[Any]) -> None:
        self.places = tuple(places)
        self._tensors = tuple(tensors)
        if len(tensors) == 1:
            self.entries = values(tensors[0])
        else:
            self.entries = tf.concat([each if each.shape.rank == 1 else tf.reshape(each, [-1]) for each in tensors], 0)

    def withheld(self, finite: Any) -> list[Any]:
        """The tensors, or zeros."""
        kept = _kept(self.entries, finite)
        if len(self._tensors) == 1:
            (only,) = self._tensors
            return [tf.IndexedSlices(kept, only.indices, only.dense_shape) if values(only) is not only else kept]
        parts = tf.split(kept, [each.shape.num_elements() for each in self._tensors])
        return [
            part if each.shape.rank == 1 else tf.reshape(part, each.shape)
            for part, each in zip(parts, self._tensors, strict=True)
        ]


def bundles(tensors: Sequence[Any]) -> list[Bundle]:
    """Tensors (IndexedSlices, None), those that are small together."""
    small = [place for place, tensor in enumerate(tensors) if _is_small(tensor)]
    together = small if len(small) > 1 else []
    found = [Bundle(together, [tensors[place] for place in together])] if together else []
    alone = [place for place, tensor in enumerate(tensors) if tensor is not None and place not in together]
    return found + [Bundle([place], [tensors[place]]) for place in alone]


def _is_small(tensor: Any) -> bool:
    if tensor is None or isinstance(tensor, tf.IndexedSlices) or tensor.dtype != tf.float32:
        return False
    return (tensor.shape.num_elements() or SMALL + 1) <= SMALL


def _kept(entries: Any, finite: Any) -> Any:
    size = entries.shape.num_elements()
    if size is not None and size <= FEW or seams.in_xla():
        return tf.math.multiply_no_nan(entries, tf.cast(finite, entries.dtype))
    kept = tf.cond(finite, lambda: entries, lambda: tf.zeros_like(entries))
    kept.set_shape(entries.shape)
    return kept


def scaled(gradient: Any, factor: Any) -> Any:
    """A gradient times a number."""
    entries = values(gradient)
    entries = entries * tf.cast(factor, entries.dtype)
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(entries, gradient.indices, gradient.dense_shape)
    return entries

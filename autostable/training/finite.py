"""Whether tensors are finite, in as few operations of a step as can be, and gradients withheld where they are not.

Small tensors share a flag: an operation on a small tensor costs what it costs to start it. Large ones
each have their own, for a flag shared by all is a barrier between backpropagation and the first update.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.training import seams

SMALL = 1 << 13  # entries of a tensor that shares a flag with others
TINY = 1 << 9  # entries of a tensor that is laid end to end with others; copies of more wait for another thread
FEW = 1 << 16  # entries of a gradient that are cheaper multiplied by a mask than put behind a branch


def values(gradient: Any) -> Any:
    """The tensor that holds a gradient's entries."""
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def _holding(entries: Any, gradient: Any) -> Any:
    """A gradient like this one that holds other entries."""
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(entries, gradient.indices, gradient.dense_shape)
    return entries


def half_square_sum(tensor: Any) -> Any:
    """sum(t ** 2) / 2 as float32; non-finite where an entry is (or where a square overflows)."""
    tensor = _summable(tensor)
    if seams.in_xla():
        return tf.cast(0.5 * _sum_in_xla(tf.square(tensor)), tf.float32)
    return tf.cast(tf.nn.l2_loss(tensor), tf.float32)


def total(tensor: Any) -> Any:
    """The sum as float32; non-finite where an entry is (or where finite ones add up to more than float32 holds)."""
    tensor = _summable(tensor)
    found = _sum_in_xla(tensor) if seams.in_xla() else tf.reduce_sum(tensor)
    return found if found.dtype == tf.float32 else tf.where(tf.math.is_finite(found), tf.zeros((), tf.float32), np.nan)


def grand_total(tensors: Sequence[Any]) -> Any:
    """A float32 that is finite where all entries of all tensors are; at least one tensor."""
    tiny = [tensor for tensor in tensors if _is_small(tensor, TINY)]
    if len(tiny) > 1:  # laid end to end they are summed by one operation
        rest = [tensor for tensor in tensors if not _is_small(tensor, TINY)]
        tensors = [*rest, tf.concat([each if each.shape.rank == 1 else tf.reshape(each, [-1]) for each in tiny], 0)]
    return added([total(tensor) for tensor in tensors])


def added(numbers: Sequence[Any]) -> Any:
    """The sum of scalars."""
    if not numbers:
        return tf.constant(0.0)
    return numbers[0] if len(numbers) == 1 else tf.add_n(numbers)


def chosen(first: Any, one: Any, other: Any) -> Any:
    """One of two tensors of the same shape by a scalar; `tf.where` does several times the work for it."""
    return tf.raw_ops.Select(condition=first, x=one, y=other)


def either(first: Any, one: Any, other: Any) -> Any:
    """One of two gradients of the same kind by a scalar."""
    return _holding(chosen(first, values(one), values(other)), one)


def _sum_in_xla(tensor: Any) -> Any:
    # down the columns first: XLA adds up one number at a time, in order, unless there are many side by side
    return tf.reduce_sum(tf.reduce_sum(tensor, axis=0)) if (tensor.shape.rank or 0) > 1 else tf.reduce_sum(tensor)


def _summable(tensor: Any) -> Any:
    if tensor.dtype.is_complex:
        tensor = tf.abs(tensor)
    return tf.cast(tensor, tf.float32) if tensor.dtype in (tf.float16, tf.bfloat16) else tensor


class Bundle:
    """Tensors that share a flag.

    Attributes:
        places: Where they stand among those that were bundled.
    """

    def __init__(self, places: Sequence[int], tensors: Sequence[Any]) -> None:
        self.places = tuple(places)
        self._tensors = tuple(tensors)

    def half_square_sum(self) -> Any:
        """`half_square_sum` of all their entries."""
        return added([half_square_sum(values(tensor)) for tensor in self._tensors])

    def total(self) -> Any:
        """`total` of all their entries."""
        return added([total(values(tensor)) for tensor in self._tensors])

    def withheld(self, finite: Any) -> list[Any]:
        """The tensors, or zeros."""
        factor = tf.cast(finite, tf.float32)
        return [_holding(_kept(values(tensor), finite, factor), tensor) for tensor in self._tensors]


def bundles(tensors: Sequence[Any]) -> list[Bundle]:
    """Tensors (IndexedSlices, None), those that are small together."""
    small = [place for place, tensor in enumerate(tensors) if _is_small(tensor, SMALL)]
    together = small if len(small) > 1 else []
    found = [Bundle(together, [tensors[place] for place in together])] if together else []
    alone = [place for place, tensor in enumerate(tensors) if tensor is not None and place not in together]
    return found + [Bundle([place], [tensors[place]]) for place in alone]


def _is_small(tensor: Any, entries: int) -> bool:
    if tensor is None or isinstance(tensor, tf.IndexedSlices) or tensor.dtype != tf.float32:
        return False
    return (tensor.shape.num_elements() or entries + 1) <= entries


def _kept(entries: Any, finite: Any, factor: Any) -> Any:
    size = entries.shape.num_elements()
    if size is not None and size <= FEW or seams.in_xla():
        return tf.math.multiply_no_nan(entries, tf.cast(factor, entries.dtype))
    kept = tf.cond(finite, lambda: entries, lambda: tf.zeros_like(entries))
    kept.set_shape(entries.shape)
    return kept


def scaled(gradient: Any, factor: Any) -> Any:
    """A gradient times a number."""
    entries = values(gradient)
    return _holding(entries * tf.cast(factor, entries.dtype), gradient)

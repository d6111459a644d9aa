"""What is asked of single tensors and variables: who they are, whether they are finite, how large, which rows are bad."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.training import seams

_LEAST_HALF = float(np.finfo(np.float16).smallest_subnormal)


def key_of(tensor: Any) -> int:
    """What a tensor is known by in a replay."""
    identity = getattr(tensor, "_id", None)
    return id(tensor) if identity is None else int(identity)


def handle_of(variable: Any) -> Any:
    """What operations are given in place of a variable; None where it has no such."""
    return getattr(seams.native(variable), "handle", None)


def name_of(variable: Any) -> str:
    """What a variable is called: its path in the model where it is one of Keras's."""
    return str(getattr(variable, "path", None) or variable.name)


def _array(tensor: Any) -> np.ndarray[Any, Any]:
    value: np.ndarray[Any, Any] = tensor.numpy()
    return value if value.dtype.kind in "fc" and value.dtype.itemsize > 2 else value.astype(np.float32)


def badness(tensor: Any) -> int:
    """0 where all entries are finite, 2 where one is NaN, else 1."""
    if not isinstance(tensor, tf.__internal__.EagerTensor):
        return 0
    if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
        return 0
    value = _array(tensor)
    return 0 if np.isfinite(value).all() else 2 if np.isnan(value).any() else 1


def is_bad(tensor: Any) -> bool:
    """Whether an entry is not finite."""
    return badness(tensor) > 0


def holds_nan(variable: Any) -> bool:
    """Whether an entry of a variable is NaN."""
    native = seams.native(variable)
    return bool(native.dtype.is_floating) and badness(tf.convert_to_tensor(native)) == 2


def of_nothing(tensor: Any) -> bool:
    """Whether an entry is the least number there is: a maximum over nothing but NaN (TensorFlow's pooling skips these)."""
    return bool(tensor.dtype.is_floating and tensor.shape.num_elements() and _array(tensor).min() == tensor.dtype.min)


def dense(gradient: Any) -> Any:
    """The numbers of a gradient, also of one that only some rows have."""
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def is_value_of(variable: Any, tensor: Any) -> bool:
    """Whether a tensor has the shape and the numbers of a variable."""
    return tuple(tensor.shape) == tuple(variable.shape) and bool(np.array_equal(tensor, seams.numpy_value(variable)))


def range_of(tensor: Any) -> tuple[float | None, float | None]:
    """The least and the largest finite entry; None twice where there is none."""
    if tensor is None or not tensor.dtype.is_floating:
        return None, None
    value = _array(tensor)
    value = value[np.isfinite(value)]
    return (float(value.min()), float(value.max())) if value.size else (None, None)


def magnitude(tensor: Any) -> float:
    """The largest entry, whatever its sign; 0 of what is not floating."""
    if not tensor.dtype.is_floating or tensor.shape.num_elements() == 0:
        return 0.0
    return float(np.abs(_array(tensor)).max())


def least_divisor(divisor: Any, quotient: Any) -> float | None:
    """The least magnitude of the divisors other than 0, where something other than 0 was divided by 0."""
    if not divisor.dtype.is_floating or not np.isinf(_array(quotient)).any():
        return None
    sizes = np.abs(_array(divisor))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    return float(sizes.min()) if sizes.size else None


def least_positive(values: Sequence[Any]) -> float | None:
    """The least finite number above 0 in the first of these tensors; None where all are the same: a flag measures nothing."""
    numbers = np.ravel(_array(values[0])) if values else np.zeros(0)
    above = numbers[np.isfinite(numbers) & (numbers > 0)]
    return float(above.min()) if above.size and above.min() < above.max() else None


def bad_rows(outputs: Sequence[Any]) -> tuple[int, ...]:
    """The first rows, twenty at most, that are not finite in the first of these tensors with any."""
    for value in outputs:
        if value.dtype.is_floating and value.shape.rank:
            bad = ~np.isfinite(_array(value)).reshape(value.shape[0], -1).all(axis=1) if value.shape[0] else np.zeros(0)
            if bad.any():
                return tuple(int(row) for row in np.flatnonzero(bad)[:20])
    return ()


def checked(kind: str, outputs: Sequence[Any]) -> str | None:
    """What `tf.debugging.check_numerics` says of an operation's floating results; None where it has nothing to say."""
    for value in outputs:
        if value.dtype.is_floating:
            try:
                tf.debugging.check_numerics(value, kind)
            except tf.errors.InvalidArgumentError as error:
                said = re.search(rf"{re.escape(kind)} : Tensor had .*? values?", str(error.message))
                return None if said is None else said.group()
    return None


def iter_bad_weights(variables: Sequence[Any]) -> Iterator[str]:
    """Names of the floating variables that hold NaN or Inf."""
    for variable in variables:
        native = seams.native(variable)
        if native.dtype.is_floating and not bool(np.isfinite(_array(tf.convert_to_tensor(native))).all()):
            yield name_of(variable)


_VANISHING: Mapping[str, Callable[..., Any]] = {
    "Square": np.square,
    "SquaredDifference": lambda x, y: np.square(x - y),
    "Mul": np.multiply,
}


def vanishes(kind: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> bool:
    """Whether an operation gives nothing but 0 in float16 where the same in float64 gives something that float16 holds.

    A mean divides by the number of entries, which is infinite from 65,520 on; the square of what is below 2.4e-4 is 0.
    """
    if not outputs or outputs[0].dtype != tf.float16 or kind not in ("Mean", *_VANISHING) or np.any(outputs[0].numpy()):
        return False
    if kind == "Mean":
        entries, axes = inputs[0].numpy().astype(np.float64), inputs[1].numpy()
        return bool(entries.size) and bool(np.any(np.abs(entries.mean(tuple(np.ravel(axes)))) >= _LEAST_HALF))
    return bool(np.any(_VANISHING[kind](*(each.numpy().astype(np.float64) for each in inputs))))

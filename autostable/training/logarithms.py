"""Computes formulas of exponentials and shares in logarithms (`OperationGuard.logarithms`).

Beside a tensor that is positive by its making, an exponential, a softplus, a share of a softmax, a product, a determinant,
its logarithm is remembered, and what sums, products, quotients, powers and slices make of it. Where the user's formula then
takes the logarithm of such a tensor, or the quotient of two, it is taken from there: log(softmax(z)) is log_softmax(z),
exp(z) / sum(exp(z)) is softmax(z), and log(exp(e) + exp(-e)) is a log-sum-exp. The mathematics are the same; what overflows on
the way, or falls to 0, is not needed, and the gradient is that of the form that is kept. In eager code, traced code and under
XLA alike.
"""

from __future__ import annotations

import functools
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.setup import OperationGuard
from autostable.training import layers_called, seams

EPSILON = 1e-4  # what people add to an argument of a logarithm is 1e-12 to 1e-5; shares that matter are larger
_FAR_BELOW = -12.0  # where softplus and exp are the same to the last digit but a few
LARGEST_PRODUCT = 2**16  # terms of a product of matrices: each needs an exponential of its own
Logarithm = Callable[[], Any]
"""Gives the logarithm of a tensor, in the graph or under the tape where it is asked for."""
Used = tuple[Any, Logarithm | None]
"""What an operation gives instead, and its logarithm."""


class Logarithms:
    """The logarithms of tensors, and TensorFlow's functions with them in.

    Args:
        guards: Say in which files, or within which layers, a formula is computed from them.
    """

    def __init__(self, guards: Sequence[OperationGuard]) -> None:
        self._guards = guards
        self._known: dict[int, Logarithm] = {}
        self._complements: dict[int, Logarithm] = {}  # of 1 minus the tensor
        self._within = _Within()

    def wrapped(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        """TensorFlow's function of that name (a key of `RULES`), which remembers, and uses, logarithms."""
        rule = RULES[name]

        @functools.wraps(original)
        def with_logarithms(*args: Any, **kwargs: Any) -> Any:
            if self._within.taken:  # by what a logarithm is made of
                return original(*args, **kwargs)
            call = _Call(self, original, args, kwargs)
            instead = self._used(rule, call) if name in USES and self._applies() else None
            if instead is not None:
                value, logarithm = instead
                value = value if call.made else original(*args, **kwargs)
                return value if logarithm is None else self._remembered(value, logarithm)
            value = original(*args, **kwargs)
            if name not in USES and tf.is_tensor(value) and value.dtype.is_floating:
                logarithm = rule(call)
                if logarithm is not None:
                    self._remembered(value, logarithm)
                if name == "sigmoid":
                    self._remembered(value, lambda: -tf.math.softplus(call.args[0]), self._complements)
            return value

        return with_logarithms

    def of(self, value: Any, dtype: tf.DType | None = None) -> Logarithm | None:
        """The logarithm of a tensor, where it is known; of one whose numbers can be read and are not negative it is taken.

        Args:
            value: The tensor, or numbers.
            dtype: What numbers are that meet a tensor: NumPy's own are double numbers, and become what it is.
        """
        if id(value) in self._known:
            return self._known[id(value)]
        if not _is_share(value):
            return None
        return lambda: _log_of_shares(value if tf.is_tensor(value) else tf.convert_to_tensor(value, dtype))

    def remembered(self, value: Any) -> Logarithm | None:
        """The logarithm of a tensor that is known by its making."""
        return self._known.get(id(value))

    def of_complement(self, value: Any) -> Logarithm | None:
        """The logarithm of 1 minus a tensor, where it is known."""
        return self._complements.get(id(value))

    def _remembered(self, value: Any, logarithm: Logarithm, among: dict[int, Logarithm] | None = None) -> Any:
        known = self._known if among is None else among
        known[id(value)] = _Once(logarithm)
        weakref.finalize(value, known.pop, id(value), None)
        return value

    def _used(self, rule: Callable[[_Call], Any], call: _Call) -> Any:
        self._within.taken = True
        try:
            return rule(call)
        finally:
            self._within.taken = False

    def _applies(self) -> bool:
        place = seams.user_place()
        layers = layers_called.names()
        return any(
            guard.layer in layers
            if guard.file is None
            else place is not None and os.path.basename(guard.file) == os.path.basename(place[0])
            for guard in self._guards
        )


class _Once:
    """A logarithm that is computed once in each graph: those of a long recurrence are made of each other."""

    def __init__(self, compute: Logarithm) -> None:
        self._compute = compute
        self._graph: Any = None
        self._value: Any = None

    def __call__(self) -> Any:
        graph = "eager" if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
        if self._value is None or graph is not self._graph:
            self._graph, self._value = graph, self._compute()
        return self._value


class _Within(threading.local):
    """Whether this thread is computing a logarithm."""

    taken = False


class _Call:
    """A call of one of TensorFlow's functions."""

    def __init__(
        self, logarithms: Logarithms, original: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> None:
        self.logarithms, self.original = logarithms, original
        self.kwargs = {name: value for name, value in kwargs.items() if name != "name"}  # that of an operation is taken
        named = [name for name in ("x", "y", *self.kwargs) if name in self.kwargs][: 0 if args else 2]
        self.args = [*args, *(self.kwargs.pop(name) for name in named if name in ("x", "y") or name == named[0])]

    def first(self) -> Logarithm | None:
        """The logarithm of the first argument."""
        return self.logarithms.remembered(self.args[0]) if self.args else None

    def both(self) -> tuple[Logarithm, Logarithm] | None:
        """The logarithms of both arguments; in eager code only where that of one is known by its making."""
        if len(self.args) < 2 or (tf.executing_eagerly() and not self.made):
            return None
        dtype = next((each.dtype for each in self.args[:2] if tf.is_tensor(each)), None)
        first, second = (self.logarithms.of(each, dtype) for each in self.args[:2])
        return None if first is None or second is None else (first, second)

    @property
    def made(self) -> bool:
        """Whether an argument is positive by its making, and not a number that was written down."""
        return any(self.logarithms.remembered(each) is not None for each in self.args[:2])


def _numbers(value: Any) -> Any:
    """The numbers of a tensor, where they can be read."""
    known = tf.get_static_value(value) if tf.is_tensor(value) else value
    return None if known is None else np.asarray(known)


def _is_share(value: Any) -> bool:
    numbers = _numbers(value)
    return numbers is not None and bool(np.all(numbers >= 0)) and bool(np.any(numbers > 0))


def _is_epsilon(value: Any) -> bool:
    """Whether a tensor is a number that is added, or put in the place of less, only to keep a logarithm from 0."""
    numbers = _numbers(value)
    return numbers is not None and numbers.size == 1 and 0.0 < float(numbers.reshape(())) <= EPSILON


def _log_of_shares(value: Any) -> Any:
    """A logarithm without a gradient where a share is 0, as in a row of one-hot labels."""
    there = value > 0
    return tf.where(there, tf.math.log(tf.where(there, value, tf.ones_like(value))), -np.inf)


# -- how logarithms go on ------------------------------------------------------------------------


def _of_exp(call: _Call) -> Logarithm:
    return lambda: call.args[0]


def _of_softmax(call: _Call) -> Logarithm:
    return lambda: tf.nn.log_softmax(call.args[0])


def _of_sigmoid(call: _Call) -> Logarithm:
    return lambda: -tf.math.softplus(-call.args[0])


def _of_softplus(call: _Call) -> Logarithm:
    scores = call.args[0]
    # of a number far below 0 it is the exponential of that number, which may be 0
    return lambda: tf.where(scores < _FAR_BELOW, scores, tf.math.log(tf.math.softplus(tf.maximum(scores, _FAR_BELOW))))


def _of_power(call: _Call) -> Logarithm | None:
    known = call.first()
    exponent = None if known is None else _numbers(call.args[1])
    return None if known is None or exponent is None else lambda: call.args[1] * known()


def _of_prod(call: _Call) -> Logarithm:
    known = call.first()
    axis, kept = call.args[1], _kept(call)
    return lambda: tf.reduce_sum(
        known() if known is not None else tf.math.log(call.args[0]), axis=axis, keepdims=kept
    )  # fmt: skip


def _of_sum(call: _Call) -> Logarithm | None:
    known = call.first()
    if known is None:
        return None
    return lambda: tf.reduce_logsumexp(known(), axis=call.args[1], keepdims=_kept(call))


def _of_running_sum(call: _Call) -> Logarithm | None:
    known = call.first()
    if known is None:
        return None
    said = dict(zip(("axis", "exclusive", "reverse"), call.args[1:], strict=False)) | call.kwargs
    return lambda: tf.math.cumulative_logsumexp(known(), **{**said, "axis": int(tf.get_static_value(said["axis"]))})


def _of_largest(call: _Call) -> Logarithm | None:
    known = call.first()
    return None if known is None else lambda: tf.reduce_max(known(), axis=call.args[1], keepdims=_kept(call))


def _of_several(call: _Call) -> Logarithm | None:
    """Of what is put together of several: the same of their logarithms."""
    parts = [call.logarithms.remembered(part) for part in call.args[0]]
    if any(part is None for part in parts):
        return None
    return lambda: call.original([part() for part in parts if part is not None], *call.args[1:], **call.kwargs)


def _of_determinant(call: _Call) -> Logarithm:
    return lambda: (
        tf.linalg.slogdet(call.args[0]).log_abs_determinant
    )  # who takes its logarithm knows it to be positive


def _kept(call: _Call) -> bool:
    return bool(call.args[2] if len(call.args) > 2 else call.kwargs.get("keep_dims", False))


def _of_product(call: _Call) -> Logarithm | None:
    pair = call.both()
    return None if pair is None else lambda: pair[0]() + pair[1]()


def _of_sum_of_two(call: _Call) -> Logarithm | None:
    if any(map(_is_epsilon, call.args[:2])):
        return _of_kept_from_zero(call)
    pair = call.both()
    if pair is None:
        return None

    def logarithm() -> Any:
        first, second = pair[0](), pair[1]()
        return first + tf.math.softplus(second - first)

    return logarithm


def _of_kept_from_zero(call: _Call) -> Logarithm | None:
    """Of what an epsilon keeps from 0: the logarithm of what is kept, which needs none."""
    first, second = call.args[:2]
    return call.logarithms.remembered(second if _is_epsilon(first) else first)


def _of_larger(call: _Call) -> Logarithm | None:
    if any(map(_is_epsilon, call.args[:2])):
        return _of_kept_from_zero(call)
    pair = call.both()
    return None if pair is None else lambda: tf.maximum(pair[0](), pair[1]())


def _of_smaller(call: _Call) -> Logarithm | None:
    pair = call.both()
    return None if pair is None else lambda: tf.minimum(pair[0](), pair[1]())


def _product(call: _Call) -> Used | None:
    """A product of two such tensors: each may be out of range where the product is not."""
    logarithm = _of_product(call)
    return None if logarithm is None else (tf.exp(logarithm()), logarithm)


def _matrix_product(call: _Call) -> Used | None:
    pair = call.both()
    shapes = [tf.TensorShape(getattr(each, "shape", None)) for each in call.args[:2]]
    if pair is None or any(shape.rank != 2 for shape in shapes):
        return None
    turned = [bool(call.kwargs.get(name, call.args[place] if len(call.args) > place else False))
              for place, name in ((2, "transpose_a"), (3, "transpose_b"))]  # fmt: skip
    (rows_of, between), (_, columns_of) = (
        shape[::-1] if over else shape for shape, over in zip(shapes, turned, strict=True)
    )
    if (rows_of or 1) * (between or 1) * (columns_of or 1) > LARGEST_PRODUCT:
        return None

    def logarithm() -> Any:
        rows, columns = (tf.transpose(part()) if over else part() for part, over in zip(pair, turned, strict=True))
        return tf.reduce_logsumexp(rows[:, :, None] + columns[None], axis=1)

    return tf.exp(logarithm()), logarithm


def _of_difference(call: _Call) -> Logarithm | None:
    """Of 1 - sigmoid(z), which is sigmoid(-z)."""
    known = call.logarithms.of_complement(call.args[1]) if len(call.args) > 1 else None
    ones = known is not None and bool(np.all(np.equal(tf.get_static_value(call.args[0]), 1.0)))
    return known if ones else None


def _of_square(call: _Call) -> Logarithm | None:
    known = call.first()
    return None if known is None else lambda: 2.0 * known()


def _of_root(call: _Call) -> Logarithm | None:
    known = call.first()
    return None if known is None else lambda: 0.5 * known()


def _of_part(call: _Call) -> Logarithm | None:
    """Of a slice, a reshaped or a moved tensor: the same of the logarithm."""
    known = call.first()
    return None if known is None else lambda: call.original(known(), *call.args[1:], **call.kwargs)


# -- where they are used -------------------------------------------------------------------------


def _log(call: _Call) -> Used | None:
    known = call.first()
    return None if known is None else (known(), None)


def _log1p(call: _Call) -> Used | None:
    known = call.first()
    return None if known is None else (tf.math.softplus(known()), None)


def _quotient(call: _Call) -> Used | None:
    pair = call.both()
    if pair is None:
        return None
    return tf.exp(pair[0]() - pair[1]()), lambda: pair[0]() - pair[1]()


USES = {"log": _log, "log1p": _log1p, "real_div": _quotient, "mul": _product, "mat_mul": _matrix_product}
_PARTS = (
    "reshape", "strided_slice", "squeeze", "expand_dims", "transpose", "gather_v2", "gather_nd", "identity", "cast", "tile",
    "broadcast_to", "matrix_diag_part_v3",
)  # fmt: skip
RULES: Mapping[str, Callable[[_Call], Any]] = {
    "exp": _of_exp, "softplus": _of_softplus, "_pow": _of_power, "softmax": _of_softmax, "sigmoid": _of_sigmoid,
    "prod": _of_prod, "_sum": _of_sum,
    "add_v2": _of_sum_of_two, "sub": _of_difference, "maximum": _of_larger, "minimum": _of_smaller,
    "square": _of_square, "sqrt": _of_root, "cumsum": _of_running_sum, "_max": _of_largest, "concat_v2": _of_several,
    "pack": _of_several, "matrix_determinant": _of_determinant, **dict.fromkeys(_PARTS, _of_part), **USES,
}  # fmt: skip

"""Keeps single operations away from their singular points, by call site (`Setup.operations`).

TensorFlow's Python op functions are replaced by ones that look where they were called from; only
a call that a guard names gets a bounded argument, every other call goes through unchanged. This
works in eager code, in traced code and under XLA alike, and the gradient is that of the bounded form.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from autostable.knowledge import operations
from autostable.setup import How, OperationGuard
from autostable.training import layers_called, seams
from autostable.training.logarithms import RULES, Logarithms

_SURE = 100.0  # a logit beside logits of 0: its class has a share of 1 to the last digit
_METHODS = {"greater": "__gt__", "greater_equal": "__ge__", "less": "__lt__", "less_equal": "__le__"}
Bounded = Callable[[list[Any], float], list[Any]]
Wanted = Callable[[], Sequence[OperationGuard]]


def _away_from_zero(x: Any, bound: Any) -> Any:
    return tf.where(tf.abs(x) < bound, tf.where(x < 0, -bound, bound), x)


def _floor(arguments: list[Any], bound: Any) -> list[Any]:
    return [tf.maximum(arguments[0], bound), *arguments[1:]]


def _floor_log1p(arguments: list[Any], bound: Any) -> list[Any]:
    return [tf.maximum(arguments[0], bound - 1), *arguments[1:]]


def _floor_acosh(arguments: list[Any], bound: Any) -> list[Any]:
    return [tf.maximum(arguments[0], bound + 1), *arguments[1:]]


def _deepest(arguments: list[Any], bound: Any) -> list[Any]:
    """Logits no lower than -bound: a row that is masked altogether gets equal shares, not 0 / 0."""
    return [tf.maximum(arguments[0], -bound), *arguments[1:]]


def _ceiling(arguments: list[Any], bound: Any) -> list[Any]:
    return [tf.minimum(arguments[0], bound), *arguments[1:]]


def _both_sides(arguments: list[Any], bound: Any) -> list[Any]:
    return [tf.clip_by_value(arguments[0], -bound, bound), *arguments[1:]]


def _both_within(arguments: list[Any], bound: Any) -> list[Any]:
    """Both factors within the bound: what is masked by -inf counts 0 * -bound, not 0 * -inf."""
    return [*(tf.clip_by_value(each, -bound, bound) for each in arguments[:2]), *arguments[2:]]


def _inside_one(arguments: list[Any], bound: Any) -> list[Any]:
    return [tf.clip_by_value(arguments[0], bound - 1, 1 - bound), *arguments[1:]]


def _divisor(arguments: list[Any], bound: Any) -> list[Any]:
    return [arguments[0], _away_from_zero(arguments[1], bound), *arguments[2:]]


def _only_divisor(arguments: list[Any], bound: Any) -> list[Any]:
    return [_away_from_zero(arguments[0], bound), *arguments[1:]]


def _second_floor(arguments: list[Any], bound: Any) -> list[Any]:
    return [arguments[0], tf.maximum(arguments[1], bound), *arguments[2:]]


def _full_rank(arguments: list[Any], bound: Any) -> list[Any]:
    """A matrix with something added to its diagonal: rows that are as good as the same come apart."""
    return [tf.linalg.set_diag(arguments[0], tf.linalg.diag_part(arguments[0]) + bound), *arguments[1:]]


def _base(arguments: list[Any], bound: Any) -> list[Any]:
    base, exponent = arguments[0], arguments[1]
    whole = tf.equal(exponent, tf.round(exponent))
    return [tf.where(whole, _away_from_zero(base, bound), tf.maximum(base, bound)), *arguments[1:]]


def _left_out(arguments: list[Any], bound: Any) -> list[Any]:
    """Class numbers without an output, and their logits, made ones of a class that is as good as sure: they count 0."""
    logits, labels = arguments
    known = tf.logical_and(labels >= 0, labels < tf.cast(tf.shape(logits)[-1], labels.dtype))
    labels = tf.where(known, labels, tf.zeros_like(labels))
    sure = tf.one_hot(tf.zeros_like(labels), tf.shape(logits)[-1], on_value=_SURE, dtype=logits.dtype)
    return [tf.where(known[..., None], logits, sure), labels]


def _unit(arguments: list[Any], bound: Any) -> list[Any]:
    """The arguments of a quotient, 1 in the place of a divisor that is as good as 0.

    Of a reciprocal, or the angle of a complex number, the only one.
    """
    place = len(arguments) > 1
    divisor = arguments[place]
    ones = tf.where(tf.abs(divisor) < tf.math.real(bound), tf.ones_like(divisor), divisor)
    return [*arguments[:place], ones, *arguments[place + 1 :]]


def _off_origin(arguments: list[Any], bound: Any) -> list[Any]:
    """The arguments of an angle, x = 1 where it lies as good as at the origin: it is 0 there."""
    y, x = arguments
    return [y, tf.where((tf.abs(y) < bound) & (tf.abs(x) < bound), tf.ones_like(x), x)]


def _flat(arguments: list[Any]) -> list[Any]:
    """The arguments, a column (rows, 1) that would meet a flat (rows,) made flat."""
    first, second = (list(value.shape) if value.shape.rank is not None else [] for value in arguments)
    if len(first) == 2 and first[1] == 1 and len(second) == 1:
        return [arguments[0][:, 0], arguments[1]]
    if len(second) == 2 and second[1] == 1 and len(first) == 1:
        return [arguments[0], arguments[1][:, 0]]
    return arguments


def _upright(arguments: list[Any]) -> list[Any]:
    """The arguments, both flat and of as many rows, the first made a column: all pairs, and not each with itself."""
    first, second = arguments
    both_flat = first.shape.rank == second.shape.rank == 1
    return [tf.expand_dims(first, -1), second] if both_flat else arguments


def _by_row(original: Callable[..., Any], entries: Any, axes: Any, *args: Any, **kwargs: Any) -> Any:
    """A sum or mean over all of a matrix as one of each row."""
    entries, axes = tf.convert_to_tensor(entries), tf.convert_to_tensor(axes)
    over_all = entries.shape.rank == 2 and axes.shape.num_elements() == 2
    return original(entries, tf.constant([1], axes.dtype) if over_all else axes, *args, **kwargs)


def _in_full(original: Callable[..., Any], x: Any, dtype: Any, *args: Any, **kwargs: Any) -> Any:
    """A cast to float16 as one to float32."""
    return original(x, tf.float32 if tf.as_dtype(dtype) == tf.float16 else dtype, *args, **kwargs)


def _finite(arguments: list[Any]) -> list[Any]:
    return [tf.where(tf.math.is_finite(each), each, tf.zeros_like(each)) for each in arguments]


_SHAPED: Mapping[How, Callable[[list[Any]], list[Any]]] = {
    How.FLAT: _flat,
    How.UPRIGHT: _upright,
    How.FINITE: _finite,
}


def _across(original: Callable[..., Any], entries: Any) -> Any:
    """Shares along the axis before the last one, if that has one entry."""
    if entries.shape.rank is None or entries.shape.rank < 3 or entries.shape[-1] != 1:
        return original(entries)
    return tf.expand_dims(original(tf.squeeze(entries, -1)), -1)


BOUNDED: Mapping[str, Bounded] = {
    "Log": _floor,
    "Log1p": _floor_log1p,
    "Sqrt": _floor,
    "Lgamma": _floor,
    "Digamma": _floor,
    "Rsqrt": _floor,
    "Reciprocal": _only_divisor,
    "Inv": _only_divisor,
    "Angle": _unit,
    "Atan2": _off_origin,
    "RealDiv": _divisor,
    "Div": _divisor,
    "DivNoNan": _divisor,
    "Xdivy": _divisor,
    "Xlogy": _second_floor,
    "Pow": _base,
    "Exp": _ceiling,
    "Expm1": _ceiling,
    "Sinh": _both_sides,
    "Cosh": _both_sides,
    "BesselI0": _both_sides,
    "BesselI1": _both_sides,
    "Acos": _inside_one,
    "Asin": _inside_one,
    "Atanh": _inside_one,
    "Acosh": _floor_acosh,
    "Cholesky": _full_rank,
    "MatrixInverse": _full_rank,
    "Softmax": _deepest,
    "LogSoftmax": _deepest,
    "SoftmaxCrossEntropyWithLogits": _deepest,
    "Mul": _both_within,
    operations.OF_CLASS_NUMBERS: _left_out,
}


_local = threading.local()  # what this thread computes in the place of another activation


class GuardedOperations:
    """Puts guards on TensorFlow's op functions, and takes them off again."""

    def __init__(self) -> None:
        self._guards: tuple[OperationGuard, ...] = ()
        self._replaced: list[tuple[Any, str, Any]] = []
        self._wanted: Wanted = tuple
        self._changing = self._asked = False

    def set(self, wanted: Wanted) -> None:
        """Have exactly the guards that `wanted()` gives in force from now on (what was traced before is not touched).

        It may be called in the midst of its own work: a model that is garbage takes its guards off whenever it is
        collected. What was asked for last is then put on at the end.
        """
        self._wanted, self._asked = wanted, True
        if self._changing:
            return
        self._changing = True
        try:
            while self._asked:
                self._asked = False
                guards = tuple(self._wanted())
                if guards != self._guards:
                    self._put_on(guards)
        finally:
            self._changing = False

    def _put_on(self, guards: tuple[OperationGuard, ...]) -> None:
        self.clear()
        self._guards = guards
        for op in sorted({guard.op for guard in guards if guard.how is not How.LOGARITHMS}):
            if op in BOUNDED or op in operations.REPLACED:
                self._replace(op)
        formulas = [guard for guard in guards if guard.how is How.LOGARITHMS]
        if formulas:
            logarithms = Logarithms(formulas)
            self._put({name: functools.partial(logarithms.wrapped, name) for name in RULES})

    def clear(self) -> None:
        """Put TensorFlow's own functions back."""
        for holder, name, original in reversed(self._replaced):
            setattr(holder, name, original)
        self._replaced, self._guards = [], ()

    def _replace(self, op: str) -> None:
        row = operations.known(op)
        mine = [guard for guard in self._guards if guard.op == op and guard.how is not How.LOGARITHMS]
        self._put(
            {row.function: functools.partial(_guarded, guards=mine, arity=row.arguments, bounded=BOUNDED.get(op))}
        )

    def _put(self, wrappers: Mapping[str, Callable[[Callable[..., Any]], Callable[..., Any]]]) -> None:
        """Put wrapped functions in the place of TensorFlow's functions of these names, wherever they are referred to."""
        originals = [(name, original) for name in wrappers for original in seams.op_functions(name)]
        wrapped = {id(original): wrappers[name](original) for name, original in originals}
        for name, method in _METHODS.items():  # a tensor's operators hold the functions themselves
            if name in wrappers:
                original = getattr(tf.Tensor, method)
                self._replaced.append((tf.Tensor, method, original))
                setattr(tf.Tensor, method, wrappers[name](original))
        for holder, attribute, original in _references([original for _, original in originals]):
            self._replaced.append((holder, attribute, original))
            setattr(holder, attribute, wrapped[id(original)])


def _guarded(
    original: Callable[..., Any], *, guards: Sequence[OperationGuard], arity: int, bounded: Bounded | None
) -> Callable[..., Any]:
    """TensorFlow's function, its arguments bounded where a guard says so."""

    @functools.wraps(original)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        guard = None if getattr(_local, "instead", False) else _matching(guards)
        if guard is None:
            return original(*args, **kwargs)
        if guard.how is How.LEFT_OUT:
            return tf.convert_to_tensor(args[0] if args else next(iter(kwargs.values())))
        if guard.how is How.FULL:
            return _in_full(original, *args, **kwargs)
        if guard.how is How.BY_ROW:
            return _by_row(original, *args, **kwargs)
        if guard.instead:
            threshold = guard.op in operations.THRESHOLDS
            return _activated(guard.instead, *((_over(guard.op, *args, **kwargs),) if threshold else args), **kwargs)
        given = [
            *args[:arity],
            *(kwargs.pop(key) for key in ("x", "y")[len(args[:arity]) : arity] if key in kwargs),
        ]
        dtype = next((value.dtype for value in given if tf.is_tensor(value)), None)
        arguments = [value if tf.is_tensor(value) else tf.convert_to_tensor(value, dtype=dtype) for value in given]
        if guard.absolute:
            arguments[0] = tf.abs(arguments[0])
        if guard.how is How.ACROSS:
            return _across(original, arguments[0])
        if guard.how in _SHAPED:
            arguments = _SHAPED[guard.how](arguments)
        elif bounded is not None:
            within = _unit if guard.how is How.UNIT else bounded
            arguments = within(arguments, _bound(guard.bound, arguments[0].dtype))
        return original(*arguments, *args[arity:], **kwargs)

    return guarded


def _over(op: str, x: Any, y: Any, **_named: Any) -> Any:
    """By how much a threshold is passed, so steep that a sigmoid of it is as steep there as what is compared."""
    dtype = next((each.dtype for each in (x, y) if tf.is_tensor(each)), None)
    x, y = (tf.convert_to_tensor(each, dtype) for each in (x, y))
    return operations.STEEP * (x - y if op.startswith("Greater") else y - x)


def _activated(activation: str, features: Any, *_unused: Any, **named: Any) -> Any:
    """An activation of Keras' in the place of another: what it calls itself is left as it is."""
    _local.instead = True
    try:
        return keras.activations.get(activation)(tf.convert_to_tensor(features))
    finally:
        _local.instead = False


def _bound(value: float, dtype: Any) -> Any:
    """The bound in the argument's dtype; one too small for it becomes its smallest normal number."""
    if 0 < value < 1:
        value = max(value, _tiny(dtype))
    elif dtype == tf.float16:
        value = min(value, 10.0) if value < 1e3 else min(value, 6e4)
    return tf.constant(value, dtype)


def _tiny(dtype: Any) -> float:
    # below one part of the precision, 1 - bound would be 1 again
    return {tf.float16: 1e-3, tf.bfloat16: 1e-2}.get(dtype, 0.0)


def _references(functions: Sequence[Any]) -> list[tuple[Any, str, Any]]:
    """Every module attribute that is one of these very functions (tf.math.log, tf.log of the user's imports, ...)."""
    wanted = {id(function): function for function in functions}
    found = []
    for module in list(sys.modules.values()):
        try:
            entries = list(vars(module).items())
        except TypeError:
            continue
        found += [(module, name, wanted[id(value)]) for name, value in entries if id(value) in wanted]
    return found


def _matching(guards: Sequence[OperationGuard]) -> OperationGuard | None:
    place = seams.user_place()
    layers = layers_called.names()
    for guard in guards:
        if guard.layer is not None and guard.file is None:
            if guard.layer in layers:
                return guard
        elif place is not None and guard.line == place[1] and guard.file is not None:
            if os.path.basename(guard.file) == os.path.basename(place[0]):
                return guard
        elif guard.file is None and guard.layer is None:
            return guard
    return None

"""What one constant prediction gets: scikit-learn's dummy estimators, under any loss.

For a proper loss the best constant is the mean (or the class shares); for an absolute loss the
median. A training that ends no better than this has learnt nothing. Built-in losses are known by
formula, so that the user's code is not called; any other loss is searched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autostable.judgement import levels
from autostable.judgement.statements import Statement, no, unknown, yes

Array = NDArray[np.float64]

_TINY = 1e-7
_HALVINGS = 14  # of the first stride, after which the search has arrived
_SINGLY = 8  # wider outputs are moved as a whole: coordinate by coordinate would use the calls up


def constant_loss(loss: str | None, labels: Any) -> float | None:
    """The smallest loss that one constant prediction gets on these labels, by formula.

    Args:
        loss: Keras name of the loss.
        labels: Array of labels, rows first.

    Returns:
        The loss, or None where the loss is not one of those known here or the labels are not finite.
    """
    y = np.asarray(labels)
    formula = _FORMULAS.get(loss or "")
    if formula is None or y.size == 0 or y.dtype.kind not in "biuf":
        return None
    y = y.astype(np.float64)
    return formula(y.reshape(len(y), -1)) if np.isfinite(y).all() else None


def _huber(y: Array) -> float:
    error = np.abs(y - np.median(y, axis=0))
    return float(np.mean(np.where(error <= 1, 0.5 * error**2, error - 0.5)))


def _binary(y: Array) -> float | None:
    if y.min() < 0 or y.max() > 1:
        return None
    share = np.clip(y.mean(axis=0), _TINY, 1 - _TINY)
    return float(np.mean(-(share * np.log(share) + (1 - share) * np.log(1 - share))))


def _categorical(y: Array) -> float | None:
    if y.shape[1] < 2 or y.min() < 0:
        return None
    share = y.mean(axis=0)
    return float(-np.sum(share * np.log(np.maximum(share / max(share.sum(), _TINY), _TINY))))


def _sparse(y: Array) -> float:
    _, counts = np.unique(y, return_counts=True)
    share = counts / counts.sum()
    return float(-np.sum(share * np.log(share)))


def _poisson(y: Array) -> float | None:
    if y.min() < 0:
        return None
    mean = np.maximum(y.mean(axis=0), _TINY)
    return float(np.mean(mean - y.mean(axis=0) * np.log(mean)))


_FORMULAS: dict[str, Callable[[Array], float | None]] = {
    "mean_squared_error": lambda y: float(np.mean(np.var(y, axis=0))),
    "mse": lambda y: float(np.mean(np.var(y, axis=0))),
    "mean_absolute_error": lambda y: float(np.mean(np.abs(y - np.median(y, axis=0)))),
    "mae": lambda y: float(np.mean(np.abs(y - np.median(y, axis=0)))),
    "huber": _huber,
    "mean_squared_logarithmic_error": lambda y: float(np.mean(np.var(np.log(np.maximum(y, _TINY) + 1), axis=0))),
    "binary_crossentropy": _binary,
    "categorical_crossentropy": _categorical,
    "sparse_categorical_crossentropy": _sparse,
    "poisson": _poisson,
}


def chance_loss(loss: str | None, outputs: int | None) -> float | None:
    """What an untrained classifier that spreads its probability evenly gets."""
    if loss == "binary_crossentropy":
        return float(np.log(2))
    if loss in ("categorical_crossentropy", "sparse_categorical_crossentropy") and outputs and outputs > 1:
        return float(np.log(outputs))
    return None


def best_constant(loss: Callable[[Array], float], starts: Sequence[Array], *, evaluations: int = 60) -> float | None:
    """The least loss that one constant prediction gets, as far as a short search finds it.

    A compass search (Kolda, Lewis and Torczon 2003): needs no gradient, so that any loss will do. What it gives
    is an upper bound; good starts matter more than the search.

    Args:
        loss: From one row of output, which all rows are given, to the training's own loss.
        starts: Outputs to begin with (columns,): mean and median of the targets, class shares, their logits,
            the network's mean output.
        evaluations: Calls of `loss`, at most.

    Returns:
        The loss; None where no constant that was tried has a finite one.
    """
    tried = [(_finite(loss(start)), np.asarray(start, dtype=np.float64)) for start in starts[:evaluations]]
    if not tried or min(value for value, _ in tried) == math.inf:
        return None
    best, at = min(tried, key=lambda pair: pair[0])
    strides = [_stride(starts, direction) for direction in _directions(at)]
    first, left = [abs(stride).max() for stride in strides], evaluations - len(tried)
    while left > 0 and any(abs(now).max() > 0.5**_HALVINGS * then for now, then in zip(strides, first, strict=True)):
        for index, stride in enumerate(strides[:left]):
            value = _finite(loss(at + stride))
            if value < best:
                best, at, strides[index] = value, at + stride, 2 * stride
            else:
                strides[index] = -0.5 * stride  # the other way next time, and not as far
            left -= 1
    return best


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else math.inf


def _directions(at: Array) -> list[Array]:
    """Each coordinate, or all of them at once where they are many."""
    return list(np.eye(at.size)) if at.size <= _SINGLY else [np.ones(at.size)]


def _stride(starts: Sequence[Array], direction: Array) -> Array:
    """How far to go at first: half of what the starts differ by, or of their size."""
    values = np.stack([np.ravel(start) for start in starts])
    return direction * (0.5 * max(float(np.ptp(values)), float(np.abs(values).max()), 0.1))


def skill(loss: float | None, constant: float | None) -> float | None:
    """1 - loss / loss of the best constant; None where a constant is without loss, or its loss is negative."""
    if loss is None or constant is None or not math.isfinite(constant) or constant <= 0 or math.isnan(loss):
        return None
    return 1 - loss / constant


def as_trained(used: float, trained: float | None, constant: float | None) -> Statement:
    """Whether the loss as a model is used is what its training shows: no worse by `levels.DELTA` of a constant's loss.

    Args:
        used: Its loss at inference, on rows that it was trained on.
        trained: The loss of its last training steps.
        constant: Loss of the best constant prediction.
    """
    if trained is None or constant is None or not constant > 0 or not math.isfinite(used - trained):
        return unknown("the loss of the best constant is not known")
    worse = (used - trained) / constant
    return no(worse) if worse >= levels.DELTA else yes(worse)


def statement(loss: float | None, constant: float | None) -> Statement:
    """Whether a loss lies below that of the best constant, on the same rows."""
    figure = skill(loss, constant)
    if figure is not None:
        return yes(figure) if figure > 0 else no(figure)
    if loss is None or constant is None or not math.isfinite(constant) or math.isnan(loss) or constant == 0:
        return unknown("the loss of the best constant is not known")
    return yes(constant - loss) if loss < constant else no(constant - loss)

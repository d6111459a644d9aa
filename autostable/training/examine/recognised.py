"""Which of Keras' losses a function of targets and predictions is, by the values that it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

Array = np.ndarray[Any, Any]
DRAWS = 5  # of predictions
SAME = 1e-3  # of the spread of a loss over them: the last digits differ, and so do the epsilons within a logarithm


def recognised(loss: Callable[[Array], float], targets: Array, shape: tuple[int, ...]) -> tuple[str | None, bool]:
    """The name of the loss, and whether it takes logits; None where it is none of Keras'.

    It is known by its values for predictions that are drawn at random. A factor and a summand that does not hang on
    predictions (a regulariser) are let pass.

    Args:
        loss: Of predictions of this shape, float32, rows first.
        targets: Of the same rows.
        shape: Of the predictions.
    """
    drawn = np.random.default_rng(0)
    numbers = [drawn.normal(size=shape).astype("float32") for _ in range(DRAWS)]
    shares = [_shares(each) for each in numbers]
    scale = _unit(targets)
    for predictions, from_logits in ((numbers, True), ([each * scale for each in numbers], False), (shares, False)):
        own = np.asarray([loss(each) for each in predictions], np.float64)
        for name, known in _candidates(targets, shape, from_logits, predictions is shares):
            if _alike(own, np.asarray([known(each) for each in predictions], np.float64)):
                return name, from_logits
    return None, False


def _candidates(
    targets: Array, shape: tuple[int, ...], from_logits: bool, shares: bool
) -> Iterator[tuple[str, Callable[[Array], float]]]:
    """Losses that such targets fit, each as a function of predictions."""
    whole = targets.dtype.kind in "iub" or bool((targets == np.round(targets)).all())
    if shares or from_logits:
        if np.prod(targets.shape) == np.prod(shape) and targets.min() >= 0 and targets.max() <= 1:
            y = targets.reshape(shape).astype("float32")
            yield (
                "binary_crossentropy",
                lambda p: _mean(keras.losses.binary_crossentropy(y, p, from_logits=from_logits)),
            )
            if shape[-1] > 1:
                yield (
                    "categorical_crossentropy",
                    lambda p: _mean(keras.losses.categorical_crossentropy(y, p, from_logits=from_logits)),
                )
        elif (
            whole and np.prod(targets.shape) == np.prod(shape[:-1]) and 0 <= targets.min() <= targets.max() < shape[-1]
        ):
            labels = targets.reshape(shape[:-1]).astype("int64")
            yield (
                "sparse_categorical_crossentropy",
                lambda p: _mean(keras.losses.sparse_categorical_crossentropy(labels, p, from_logits=from_logits)),
            )
        return
    if np.prod(targets.shape) == np.prod(shape):
        y = targets.reshape(shape).astype("float32")
        for function in (keras.losses.mean_squared_error, keras.losses.mean_absolute_error, keras.losses.huber,
                         keras.losses.log_cosh):  # fmt: skip
            yield function.__name__, lambda p, function=function: _mean(function(y, p))  # type: ignore[misc]


def _alike(own: Array, known: Array) -> bool:
    """Whether one is a positive multiple of the other plus a constant."""
    if not (np.isfinite(own).all() and np.isfinite(known).all()) or np.ptp(own) == 0 or np.ptp(known) == 0:
        return False
    slope = float(np.cov(own, known)[0, 1] / np.var(known, ddof=1))
    rest = own - slope * known
    return slope > 0 and float(np.ptp(rest)) <= SAME * float(np.ptp(own))


def _shares(numbers: Array) -> Array:
    """Probabilities of the same shape: of one column each for itself, of several they sum to one."""
    if numbers.ndim < 2 or numbers.shape[-1] == 1:
        return np.asarray(1 / (1 + np.exp(-numbers)))
    grown = np.exp(numbers)
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))


def _unit(targets: Array) -> float:
    """A size of predictions at which errors of these targets show."""
    finite = targets[np.isfinite(targets)].astype(np.float64) if targets.dtype.kind in "biuf" else np.zeros(0)
    return float(np.abs(finite).mean()) or 1.0 if finite.size else 1.0


def _mean(losses: Any) -> float:
    return float(np.mean(np.asarray(losses)))

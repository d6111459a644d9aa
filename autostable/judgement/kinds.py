"""What targets are: classes or numbers, and outputs as scores of them."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_CLASSES = 200
NEAREST = 1e-6  # float32 probabilities are no nearer to 0 and 1


class Kind(enum.Enum):
    """What the targets are."""

    CLASS = "class"
    NUMBER = "number"


def what_kind(targets: Any, outputs: Any, inputs: Any = None) -> Kind | None:
    """What kind of targets these are; None where a plain model cannot be held against the network.

    That is so for sequences of labels, shapes that do not match, labels without an output of their own, targets
    that are all equal or not finite, autoencoders (where `inputs` are given and are the targets), and classes whose outputs
    are vectors of one length: they are places on a sphere, no scores.
    """
    y, p = np.asarray(targets), np.asarray(outputs)
    if y.dtype.kind not in "biuf" or p.dtype.kind not in "biuf" or max(y.ndim, p.ndim) > 2 or min(y.ndim, p.ndim) < 1:
        return None
    y, p = y.reshape(len(y), -1).astype(np.float64), p.reshape(len(p), -1)
    if len(y) != len(p) or not y.size or not np.isfinite(y).all() or (y == y[0]).all():
        return None
    if inputs is not None and np.shape(inputs) == np.shape(targets) and np.array_equal(inputs, targets):
        return None
    if y.shape[1] == 1 and p.shape[1] > 1:
        labels = (y == np.round(y)).all() and y.min() >= 0 and y.max() < p.shape[1]
        return Kind.CLASS if labels and len(np.unique(y)) <= MOST_CLASSES and not _on_a_sphere(p) else None
    if y.shape[1] != p.shape[1]:
        return None
    marks = bool(np.isin(y, (0.0, 1.0)).all())
    one_hot = y.shape[1] == 1 or (y.shape[1] <= MOST_CLASSES and bool((y.sum(axis=1) == 1).all()))
    return Kind.CLASS if marks and one_hot else Kind.NUMBER


def are_shares(outputs: Array) -> bool:
    """Whether the outputs of each row are shares of one whole, within the rounding of half precision."""
    several = outputs.ndim > 1 and outputs.shape[-1] > 1
    return bool(several and outputs.min() >= 0 and np.allclose(outputs.sum(axis=-1), 1, atol=1e-3))


def one_length(outputs: Array) -> float | None:
    """The length of all vectors of outputs that are not all the same, within the rounding of half precision; None of others."""
    if outputs.ndim < 2 or outputs.shape[-1] < 2 or (outputs == outputs[:1]).all():
        return None
    lengths = np.linalg.norm(np.asarray(outputs, np.float64), axis=-1)
    length = float(np.mean(lengths))
    return length if length > 0.0 and np.allclose(lengths, length, rtol=1e-3, atol=0.0) else None


def _on_a_sphere(vectors: Array) -> bool:
    """Whether all rows have one length, and are no shares that are as good as sure."""
    return not are_shares(vectors) and one_length(vectors) is not None


def targets_of(kind: Kind, targets: Any) -> Array:
    """Labels (rows, 1) of classes, numbers (rows, columns) of numbers."""
    y = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
    if kind is Kind.CLASS and y.shape[1] > 1:
        return np.asarray(y.argmax(axis=1), dtype=np.float64)[:, None]
    return y


def scores_of(kind: Kind, outputs: Any) -> Array:
    """Outputs as scores: probabilities become logarithms, one column of a class against the rest becomes two."""
    p = np.asarray(outputs, dtype=np.float64).reshape(len(outputs), -1)
    if kind is Kind.NUMBER:
        return p
    shares = p.min() >= 0 and p.max() <= 1.0001
    if p.shape[1] == 1:
        inside = np.clip(p, NEAREST, 1 - NEAREST)
        logit = np.log(inside / (1 - inside)) if shares else p
        return np.concatenate([-logit / 2, logit / 2], axis=1)
    return np.asarray(np.log(np.maximum(p, NEAREST)) if shares else p)

"""The best constant prediction under the built-in losses, by formula: never calls the user's code. NumPy only.

For a proper loss the best constant is the mean (or the class shares); for an absolute loss the
median. A training that ends no better than this has learnt nothing (a baseline as in "dummy"
estimators).
"""

from __future__ import annotations

from typing import Any

import numpy as np

_TINY = 1e-7


def constant_loss(loss: str | None, labels: Any, outputs: int | None) -> float | None:
    """The smallest loss that one constant prediction gets on these labels.

    Args:
        loss: Keras name of the loss.
        labels: Array of labels, rows first.
        outputs: Width of the model's output, where known.

    Returns:
        The loss, or None where the loss is not one of those known here or the labels are not finite.
    """
    y = np.asarray(labels)
    if y.size == 0 or y.dtype.kind not in "biuf" or not np.isfinite(y.astype(np.float64)).all():
        return None
    y = y.astype(np.float64)
    y = y.reshape(len(y), -1) if y.ndim > 1 else y[:, None]
    if loss in ("mean_squared_error", "mse"):
        return float(np.mean(np.var(y, axis=0)))
    if loss in ("mean_absolute_error", "mae"):
        return float(np.mean(np.abs(y - np.median(y, axis=0))))
    if loss == "huber":
        error = np.abs(y - np.median(y, axis=0))
        return float(np.mean(np.where(error <= 1, 0.5 * error**2, error - 0.5)))
    if loss == "mean_squared_logarithmic_error":
        return float(np.mean(np.var(np.log(np.maximum(y, _TINY) + 1), axis=0)))
    if loss == "binary_crossentropy" and y.min() >= 0 and y.max() <= 1:
        share = np.clip(y.mean(axis=0), _TINY, 1 - _TINY)
        return float(np.mean(-(share * np.log(share) + (1 - share) * np.log(1 - share))))
    if loss == "categorical_crossentropy" and y.shape[1] > 1 and y.min() >= 0:
        share = y.mean(axis=0)
        return float(-np.sum(share * np.log(np.maximum(share / max(share.sum(), _TINY), _TINY))))
    if loss == "sparse_categorical_crossentropy":
        _, counts = np.unique(y, return_counts=True)
        share = counts / counts.sum()
        return float(-np.sum(share * np.log(share)))
    if loss == "poisson" and y.min() >= 0:
        mean = np.maximum(y.mean(axis=0), _TINY)
        return float(np.mean(mean - y.mean(axis=0) * np.log(mean)))
    return None


def chance_loss(loss: str | None, outputs: int | None) -> float | None:
    """What an untrained classifier that spreads its probability evenly gets."""
    if loss == "binary_crossentropy":
        return float(np.log(2))
    if loss in ("categorical_crossentropy", "sparse_categorical_crossentropy") and outputs and outputs > 1:
        return float(np.log(outputs))
    return None


def majority_share(labels: Any) -> float | None:
    """Share of the commonest class, for integer, binary or one-hot labels; None for others."""
    y = np.asarray(labels)
    if y.ndim >= 2 and y.shape[-1] > 1:
        part = y.reshape(-1, y.shape[-1])
        if not (((part == 0) | (part == 1)).all() and (part.sum(axis=-1) == 1).all()):
            return None
        return float(part.mean(axis=0).max())
    flat = y.ravel()
    if flat.size == 0 or flat.dtype.kind == "f" and not (np.isfinite(flat).all() and (flat == np.round(flat)).all()):
        return None
    _, counts = np.unique(flat, return_counts=True)
    return float(counts.max() / counts.sum()) if len(counts) <= 1000 else None

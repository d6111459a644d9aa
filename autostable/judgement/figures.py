"""Figures that people know: accuracy, R2, AUC. For reports; nothing decides by them."""

from __future__ import annotations

import dataclasses

import numpy as np

from autostable.judgement.kinds import Array, Kind


@dataclasses.dataclass(frozen=True)
class Figures:
    """Plain figures of predictions; None where a figure has no meaning."""

    accuracy: float | None = None
    r2: float | None = None
    auc: float | None = None


def figures(kind: Kind, targets: Array, scores: Array) -> Figures:
    """Accuracy of classes, AUC of two, R2 of numbers, pooled over columns; not calibrated.

    Args:
        kind: Of the targets.
        targets: What `kinds.targets_of` gives.
        scores: What `kinds.scores_of` gives.
    """
    if kind is Kind.NUMBER:
        whole = float(((targets - targets.mean(axis=0)) ** 2).sum())
        return Figures(r2=1 - float(((targets - scores) ** 2).sum()) / whole if whole > 0 else None)
    labels = targets[:, 0].astype(int)
    accuracy = float((scores.argmax(axis=1) == labels).mean())
    return Figures(accuracy, auc=auc(labels == 1, scores[:, 1] - scores[:, 0]) if scores.shape[1] == 2 else None)


def auc(positive: np.typing.NDArray[np.bool_], score: Array) -> float | None:
    """Chance that a positive row scores above a negative one (Mann and Whitney's U); None where one kind is missing."""
    yes, no = int(positive.sum()), int((~positive).sum())
    if not yes or not no:
        return None
    _, index, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[index]
    return float((ranks[positive].sum() - yes * (yes + 1) / 2) / (yes * no))

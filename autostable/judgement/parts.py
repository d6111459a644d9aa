"""Each class of a label and each column of numbers by itself: what a network never gives, though a plain model tells it.

One measure over all of them hides it: with three of ten classes that are never answered a network still reaches 0.85 of all
there is to be known, for the other scores tell much of these classes, too.
"""

from __future__ import annotations

import numpy as np

from autostable.judgement import levels
from autostable.judgement.certainty import surely_above_zero
from autostable.judgement.kinds import Array, Kind
from autostable.judgement.reference import Reference, first_rows

RARE = 10  # rows of a class, of which at least one should be told


def silent(kind: Kind, targets: Array, scores: Array) -> tuple[int, ...]:
    """Classes that are the answer to no row, columns that are the very same for all rows, though the targets' are not.

    Args:
        kind: Of the targets.
        targets: What `kinds.targets_of` gives.
        scores: What `kinds.scores_of` gives. Of two classes none is looked at: where the line is drawn is the owner's.
    """
    if not np.isfinite(scores).all():
        return ()
    if kind is Kind.NUMBER:
        same = (scores == scores[0]).all(axis=0)
        return tuple(np.flatnonzero(same & (targets != targets[0]).any(axis=0)).tolist()) if len(same) > 1 else ()
    counts = np.bincount(targets[:, 0].astype(np.int64), minlength=scores.shape[1])
    answers = np.bincount(scores.argmax(axis=1), minlength=scores.shape[1])
    return tuple(np.flatnonzero((counts >= RARE) & (answers[: len(counts)] == 0)).tolist()) if len(counts) > 2 else ()


def missed(columns: tuple[int, ...], targets: Array, found: Reference | None) -> tuple[int, ...]:
    """Of what is silent that which a plain model tells on rows that it has not seen.

    A class is told where most of its rows get it as their answer, a column where its errors are surely below a constant's, by
    DELTA of these.

    Args:
        columns: What `silent` gave.
        targets: What `kinds.targets_of` gives, of all rows.
        found: The plain model; None where none was fitted.
    """
    if found is None or not found.sure:
        return ()
    y, predicted = first_rows(targets), found.calibrated.predictions
    if found.kind is Kind.CLASS:
        classes, labels = np.unique(y[:, 0].astype(np.int64), return_inverse=True)
        right = predicted.argmax(axis=1) == labels
        return tuple(one for one in columns if one in classes and right[classes[labels] == one].mean() > 0.5)
    return tuple(one for one in columns if _told(y[:, one], predicted[:, one]))


def _told(targets: Array, predicted: Array) -> bool:
    constants = (targets - targets.mean()) ** 2
    gains = constants - (targets - predicted) ** 2
    return bool(gains.mean() >= levels.DELTA * constants.mean()) and surely_above_zero(gains)

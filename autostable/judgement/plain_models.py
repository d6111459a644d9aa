"""Ridge, ridge of words and trees, each predicting rows that it has not seen.

Inputs are (rows, columns) of numbers (or of words, see `words`), in the order of the rows; targets what
`kinds.targets_of` gives.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autostable.judgement import words
from autostable.judgement.kinds import Array, IntArray, Kind

MOST_COLUMNS = 512  # for ridge
TREE_COLUMNS = 64
_PENALTIES = np.geomspace(1e-1, 1e5, 7)  # of standardised columns
_BLOCKS = 5
_TREES = 60


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """Scores of rows that the model had not seen, each (rows, columns): single rows, and whole blocks."""

    singly: Array
    in_blocks: Array


def prepared(x: Array, most: int) -> Array:
    """Inputs that a plain model can take (rows, at most `most` columns).

    What is not finite becomes its column's mean, constant columns go, of too many columns some are drawn, always
    the same; the rest is standardised.
    """
    x = np.asarray(x, dtype=np.float64)
    x = x[:, (x != x[0]).any(axis=0)]
    if x.shape[1] > most:
        x = x[:, np.sort(np.random.default_rng(0).choice(x.shape[1], most, replace=False))]
    finite = np.isfinite(x)
    if not finite.all():
        x = np.where(finite, x, 0.0)
        x = np.where(finite, x, x.sum(axis=0) / np.maximum(finite.sum(axis=0), 1))
    x = x / np.maximum(np.abs(x).max(axis=0, initial=0), 1e-300)  # squares of 1e200 would overflow
    x = x - x.mean(axis=0)
    spread = np.sqrt(np.einsum("ij,ij->j", x, x) / len(x))
    usable = spread > 1e-9
    return np.asarray(x[:, usable] / spread[usable])


def blocks(kind: Kind, y: Array) -> list[IntArray]:
    """Rows of each block that has any: contiguous, of classes within each class (rows may be sorted by class)."""
    place = np.arange(len(y))
    groups = [np.flatnonzero(y[:, 0] == label) for label in np.unique(y[:, 0])] if kind is Kind.CLASS else [place]
    number = np.empty(len(y), dtype=np.int64)
    for rows in groups:
        number[rows] = np.arange(len(rows)) * _BLOCKS // len(rows)
    return [rows for block in range(_BLOCKS) if len(rows := np.flatnonzero(number == block))]


def hot(kind: Kind, y: Array) -> Array:
    """Numbers as they are; labels as one column each, up to the largest."""
    return np.eye(int(y.max()) + 1)[y[:, 0].astype(int)] if kind is Kind.CLASS else y


def ridge(kind: Kind, x: Array, y: Array) -> HeldOut:
    """Ridge regression, left-out rows in closed form; the penalty by the error of single left-out rows.

    With H the matrix from targets to fitted values, rows b that are left out together get
    y_b - (I - H_bb)^-1 (y_b - fitted_b): Allen's PRESS (1974) for single rows, and its form for blocks.
    """
    return _ridge(kind, prepared(x, MOST_COLUMNS), y)


def ridge_of_words(kind: Kind, x: Any, y: Array) -> HeldOut:
    """The same of which words each row holds.

    Args:
        kind: Of the targets.
        x: What `words.words_of` gives.
        y: The targets.
    """
    z = words.weights(x)
    return _ridge(kind, z - z.mean(axis=0), y)


def _ridge(kind: Kind, x: Array, y: Array) -> HeldOut:
    z, goal = x.astype(np.float32), hot(kind, y)  # four times as fast, and exact enough
    if z.shape[1] > len(z):  # the same by the rows' products with each other
        values, vectors = np.linalg.eigh((z @ z.T).astype(np.float64))
        turned = (vectors * np.sqrt(np.maximum(values, 0))).astype(np.float32)
    else:
        values, vectors = np.linalg.eigh((z.T @ z).astype(np.float64))
        turned = z @ vectors.astype(np.float32)
    centre = goal.mean(axis=0)
    onto = turned.T @ (goal - centre)
    shrinks = 1 / (np.maximum(values, 0)[:, None] + _PENALTIES)  # (columns, penalties)
    leverage = (turned**2) @ shrinks.astype(np.float32) + 1 / len(z)
    least, singly, missed, chosen = np.inf, goal, goal, shrinks[:, 0]
    for shrink, lever in zip(shrinks.T, leverage.T, strict=True):
        residual = goal - centre - turned @ (shrink[:, None] * onto).astype(np.float32)
        left_out = residual / np.maximum(1 - lever, 1e-4)[:, None]
        if (error := float((left_out**2).mean())) < least:
            least, singly, missed, chosen = error, goal - left_out, residual, shrink
    in_blocks = np.empty_like(goal)
    for rows in blocks(kind, y):
        part = turned[rows]
        hat = (part * chosen.astype(np.float32)) @ part.T + 1 / len(z)
        in_blocks[rows] = goal[rows] - np.linalg.solve(np.eye(len(rows)) - hat, missed[rows])
    return HeldOut(singly, in_blocks)


def trees(kind: Kind, x: Array, y: Array) -> HeldOut:
    """Extremely randomised trees (Geurts 2006), out of bag and with blocks held back.

    They are given ranks: their thresholds are drawn between the least and the largest value, and beside one sentinel of
    99999 none would ever fall among the others.
    """
    from scipy.stats import rankdata

    z = prepared(x, TREE_COLUMNS)
    z = rankdata(z, axis=0) if z.size else z
    z = z if z.shape[1] else np.zeros((len(x), 1))
    goal = y[:, 0] if y.shape[1] == 1 else y
    whole = _forest(kind, _TREES, bootstrap=True).fit(z, goal)
    out_of_bag = whole.oob_decision_function_ if kind is Kind.CLASS else whole.oob_prediction_
    singly = _scores(kind, y, whole, out_of_bag)
    in_blocks = np.empty_like(singly)
    for rows in blocks(kind, y):
        rest = np.setdiff1d(np.arange(len(y)), rows)
        part = _forest(kind, _TREES // 3, bootstrap=False).fit(z[rest], goal[rest])
        given = part.predict_proba(z[rows]) if kind is Kind.CLASS else part.predict(z[rows])
        in_blocks[rows] = _scores(kind, y, part, given)
    return HeldOut(singly, in_blocks)


def _forest(kind: Kind, count: int, *, bootstrap: bool) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    forest, share = (ExtraTreesClassifier, "sqrt") if kind is Kind.CLASS else (ExtraTreesRegressor, 0.33)
    return forest(
        count,
        bootstrap=bootstrap,
        oob_score=bootstrap,
        min_samples_leaf=2,  # single rows are learnt by heart
        max_features=share,
        random_state=0,
        n_jobs=1,
    )


def _scores(kind: Kind, y: Array, forest: Any, given: Any) -> Array:
    """What a forest gave, as `kinds.scores_of` would have it: a column a number or a class, logarithms of shares."""
    found = np.asarray(given, dtype=np.float64).reshape(len(given), -1)
    if kind is Kind.NUMBER:
        return np.asarray(np.where(np.isfinite(found), found, y.mean(axis=0)))
    found = np.where(np.isfinite(found), found, 1 / found.shape[1])  # a row that no tree left out
    shares = np.zeros((len(found), int(y.max()) + 1))
    shares[:, forest.classes_.astype(int)] = found
    return np.asarray(np.log(shares + 0.5 / len(forest.estimators_)))  # no tree's vote is less than half a vote

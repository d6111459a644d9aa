"""Network and reference, calibrated alike and measured alike.

Class weights, thresholds, log links, scaled outputs and rare classes do not matter then. For numbers: the
R2 of the best monotone map of the output (isotonic regression by pooling adjacent violators, Barlow 1972).
For classes: 1 - CE / H after one temperature and class offsets (Guo 2017; offsets undo class weights). What is
fitted on one half of the rows is measured on the other, and the best constant is treated in the same way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from autostable.judgement.certainty import p_above_zero, standard_error
from autostable.judgement.kinds import NEAREST, Array, IntArray, Kind

_MOST_COLUMNS = 64  # of targets that are numbers: each costs an isotonic fit
FEWEST_ROWS = 8  # two halves of four
_MOST_STEPS = 60  # of Newton, and halvings of one: it settles in ten
_SETTLED = 1e-9  # fall of a cross-entropy that is no matter any more
_ARMIJO = 1e-4  # part of the fall that the slope promises (Nocedal and Wright 2006, 3.1)


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """How good predictions are once they are calibrated.

    Attributes:
        kind: What was predicted.
        skill: 1 - loss / loss of the constant: R2, or 1 - CE / H. Honest, so it may be negative.
        error: Standard error of `skill`.
        predictions: Calibrated: numbers in the targets' units, or class probabilities (rows, columns).
        losses: Squared error or cross-entropy of each row (rows,).
        constants: The same of the best constant (rows,).
    """

    kind: Kind
    skill: float
    error: float
    predictions: Array
    losses: Array
    constants: Array

    @property
    def p(self) -> float:
        """One-sided p of being better than the best constant, paired over rows."""
        return p_above_zero(self.constants - self.losses)


def calibrated(kind: Kind, targets: Array, scores: Array, *, seed: int = 0) -> Calibrated | None:
    """Measure predictions; None where they are not finite, rows are too few or the targets are all equal.

    Args:
        kind: Of the targets.
        targets: What `kinds.targets_of` gives.
        scores: What `kinds.scores_of` gives, a column for each target or class.
        seed: Of the two halves.
    """
    if len(targets) < FEWEST_ROWS or not np.isfinite(scores).all():
        return None
    if kind is Kind.CLASS:
        classes, labels = np.unique(targets[:, 0].astype(np.int64), return_inverse=True)
        if classes[-1] >= scores.shape[1]:
            return None
        predictions, losses, constants = _classes(labels, scores[:, classes], seed)
    else:
        predictions, losses, constants = _numbers(targets, scores, seed)
    whole = float(constants.mean())
    if whole <= 0:
        return None
    gains = (constants - losses) / whole
    return Calibrated(kind, float(gains.mean()), standard_error(gains), predictions, losses, constants)


def _halves(order: IntArray) -> tuple[tuple[IntArray, IntArray], tuple[IntArray, IntArray]]:
    """Each half once to fit on and once to measure on."""
    one, other = order[::2], order[1::2]
    return (one, other), (other, one)


def _numbers(y: Array, scores: Array, seed: int) -> tuple[Array, Array, Array]:
    """Best monotone map of each column, and its squared errors, summed over the columns."""
    predictions, centres = np.empty_like(y), np.empty_like(y)
    columns = np.linspace(0, y.shape[1] - 1, min(y.shape[1], _MOST_COLUMNS)).astype(int)
    for fit, measure in _halves(np.random.default_rng(seed).permutation(len(y))):
        centres[measure] = y[fit].mean(axis=0)
        predictions[measure] = centres[measure]
        for column in columns:
            predictions[measure, column] = isotonic(scores[fit, column], y[fit, column], scores[measure, column])
    squares = ((y - predictions) ** 2)[:, columns], ((y - centres) ** 2)[:, columns]
    return predictions, squares[0].sum(axis=1), squares[1].sum(axis=1)


def isotonic(x: Array, y: Array, at: Array) -> Array:
    """Least-squares monotone map of `x` to `y`, read at `at`; constant beyond the ends, linear between points."""
    places, index, counts = np.unique(x, return_inverse=True, return_counts=True)
    levels: list[float] = []
    weights: list[int] = []
    lengths: list[int] = []
    for mean, count in zip((np.bincount(index, y) / counts).tolist(), counts.tolist(), strict=True):
        length = 1
        while levels and levels[-1] >= mean:
            weight = weights.pop()
            mean = (mean * count + levels.pop() * weight) / (count + weight)
            count += weight
            length += lengths.pop()
        levels.append(mean)
        weights.append(count)
        lengths.append(length)
    return np.asarray(np.interp(at, places, np.repeat(levels, lengths)))


def _classes(labels: IntArray, scores: Array, seed: int) -> tuple[Array, Array, Array]:
    """Class probabilities after one temperature and class offsets, and their cross-entropy."""
    rows, classes = len(labels), scores.shape[1]
    scaled = (scores - scores.mean()) / max(float(scores.std()), 1e-300)
    predictions, shares = np.empty((rows, classes)), np.empty((rows, classes))
    mixed = np.random.default_rng(seed).permutation(rows)
    for fit, measure in _halves(mixed[np.argsort(labels[mixed], kind="stable")]):  # both halves have each class
        share = (np.bincount(labels[fit], minlength=classes) + 0.5) / (len(fit) + 0.5 * classes)
        temperature, offsets = _temperature(labels[fit], scaled[fit], np.log(share))
        predictions[measure] = _softmax(temperature * scaled[measure] + offsets)
        shares[measure] = share
    own = np.arange(rows), labels
    return predictions, -np.log(np.maximum(predictions[own], NEAREST)), -np.log(shares[own])


def _softmax(z: Array) -> Array:
    grown = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def _temperature(labels: IntArray, scores: Array, offsets: Array) -> tuple[float, Array]:
    """The temperature (not below 0) and the class offsets of least cross-entropy.

    Offsets are held to those of the class shares as if by one row each: a class of two rows must not set its own. Newton's
    method; healthy trainings come here, and SciPy's minimisers would be one more library to load for them.
    """
    rows = len(labels)
    hot = np.eye(scores.shape[1])[labels]

    def loss(at: Array) -> float:
        moved = at[1:] - offsets
        shares = _softmax(at[0] * scores + at[1:])
        return float(-np.log(np.maximum(shares[hot > 0], 1e-300)).mean() + 0.5 * (moved @ moved) / rows)

    at = np.concatenate([[0.0], offsets])
    for _ in range(_MOST_STEPS):
        slope, curve = _slope_and_curve(at, hot, scores, offsets)
        free = np.arange(len(at)) if at[0] > 0 or slope[0] < 0 else np.arange(1, len(at))  # at its bound it stays there
        step = np.zeros_like(at)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], -slope[free])
        before, at = at, _shortened(loss, at, step, slope)
        if loss(before) - loss(at) <= _SETTLED:
            break
    return float(at[0]), at[1:]


def _slope_and_curve(at: Array, hot: Array, scores: Array, offsets: Array) -> tuple[Array, Array]:
    """First and second derivatives of the cross-entropy by temperature and offsets."""
    rows, classes = scores.shape
    shares = _softmax(at[0] * scores + at[1:])
    off = (shares - hot) / rows
    slope = np.concatenate([[(off * scores).sum()], off.sum(axis=0) + (at[1:] - offsets) / rows])
    around = shares * (scores - (shares * scores).sum(axis=1, keepdims=True)) / rows
    curve = np.empty((classes + 1, classes + 1))
    curve[0, 0] = (around * scores).sum() + NEAREST**2  # of scores that are all sure nothing is left
    curve[0, 1:] = curve[1:, 0] = around.sum(axis=0)
    curve[1:, 1:] = np.diag(shares.sum(axis=0) + 1.0) / rows - shares.T @ shares / rows
    return slope, curve


def _shortened(loss: Callable[[Array], float], at: Array, step: Array, slope: Array) -> Array:
    """Newton's step, halved until the loss falls by a part of what its slope promises; the temperature stays at 0 or above."""
    start = loss(at)
    for halvings in range(_MOST_STEPS):
        to = at + 0.5**halvings * step
        to[0] = max(0.0, to[0])
        if loss(to) <= start + _ARMIJO * float(slope @ (to - at)):
            return to
    return at

"""What "surely" means: a one-sided t test, made careful where rows next to each other belong together."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from autostable.judgement import levels

ROUNDING = 1e-6  # relative, of float32: what differs by no more is equal
RUNS = 40  # runs of rows that a test is made over: enough for a t test, and each longer than most groups of rows


def p_of(t: float, freedom: int) -> float:
    """One-sided p of a value of Student's t, by Wallace's normal approximation (1959; no SciPy needed)."""
    if freedom < 1 or math.isnan(t):
        return 1.0
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    scale = (8 * freedom + 1) / (8 * freedom + 3)
    z = scale * math.sqrt(freedom * math.log1p(t * t / freedom))
    tail = 0.5 * math.erfc(z / math.sqrt(2))
    return tail if t >= 0 else 1 - tail


def in_runs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over at most 40 contiguous runs of `values` (rows,).

    Rows of one patient or of one hour stand beside each other and say the same thing many times; a run
    counts them once. Where rows are independent nothing is lost but a few degrees of freedom.
    """
    count = min(RUNS, len(values))
    return np.array([part.mean() for part in np.array_split(values, count)]) if count else values


def standard_error(values: NDArray[np.float64]) -> float:
    """Standard error of the mean of `values` (rows,), over runs of rows; infinite for fewer than two."""
    means = in_runs(values)
    return float(np.std(means, ddof=1) / math.sqrt(len(means))) if len(means) > 1 else math.inf


def p_above_zero(values: NDArray[np.float64]) -> float:
    """One-sided p of the mean of `values` (rows,) being above zero, by a t test over runs of rows."""
    mean, error = float(np.mean(values)) if len(values) else 0.0, standard_error(values)
    if not (math.isfinite(mean) and math.isfinite(error)):
        return 1.0
    if error == 0:
        return 0.0 if mean > 0 else 1.0
    return p_of(mean / error, min(RUNS, len(values)) - 1)


def surely_above_zero(values: NDArray[np.float64]) -> bool:
    """Whether the mean of `values` (rows,) is surely above zero."""
    return p_above_zero(values) <= levels.SURELY

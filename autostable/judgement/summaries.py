"""What a sample looks like as a whole: figures of its steps, its pixels or its points, whatever place or phase they have.

Ridge and trees are given each entry at its place. What a window of a sensor tells by its rhythm, or a cloud of points by its
form, stands at no place: of such rows these figures tell trees what there is to be found (as in Fulcher and Jones 2014,
"Highly comparative feature-based time-series classification", IEEE TKDE 26).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autostable.judgement.kinds import Array

MOST_CHANNELS = 16  # evenly picked
_LAGS = (1, 2, 4, 8)
_SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)


def summaries(part: Array) -> Array | None:
    """Figures of each row of an input; None of a table, whose columns are no steps of anything.

    Args:
        part: (rows, steps..., channels), numbers.

    Returns:
        (rows, figures), finite: of each channel the mean, the spread and the ends, and of its course in parts of the spread
        its quantiles, and how much of it is left after some steps along each axis.
    """
    if part.ndim < 3 or part.dtype.kind not in "biuf" or part[0, ..., 0].size < max(_LAGS):
        return None
    picked = np.unique(np.linspace(0, part.shape[-1] - 1, min(part.shape[-1], MOST_CHANNELS)).astype(int))
    with np.errstate(all="ignore"):
        columns = [figure for place in picked for figure in _of_channel(part[..., place].astype(np.float64))]
        return np.nan_to_num(np.stack(columns, axis=1), posinf=0.0, neginf=0.0)


def _of_channel(values: Array) -> Iterator[Array]:
    flat = values.reshape(len(values), -1)
    mean, spread = flat.mean(axis=1), flat.std(axis=1)
    yield from (mean, spread, flat.min(axis=1) - mean, flat.max(axis=1) - mean)
    within = spread.reshape(-1, *[1] * (values.ndim - 1))
    course = np.where(within > 0, (values - mean.reshape(within.shape)) / np.maximum(within, 1e-300), 0.0)
    yield from np.quantile(course.reshape(len(values), -1), _SHARES, axis=1)
    for axis in range(1, values.ndim):
        for lag in _LAGS:
            if lag < values.shape[axis]:
                late, early = (np.take(course, range(*ends), axis=axis) for ends in _ends(lag, values.shape[axis]))
                yield (late * early).reshape(len(values), -1).mean(axis=1)


def _ends(lag: int, steps: int) -> tuple[tuple[int, int], tuple[int, int]]:
    return (lag, steps), (0, steps - lag)

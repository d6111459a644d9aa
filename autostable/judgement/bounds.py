"""Is a course of losses bounded: by its own start, by its own best, by the loss of the best constant?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autostable.judgement import levels
from autostable.judgement.course import START, Level, by_spread, by_steps, start_and_end, surely_above
from autostable.judgement.statements import Statement, no, unknown, yes

_BLOCK = 5  # steps in a block, at least
_FEWEST_BLOCKS = 4


def against_start(losses: Sequence[float], constant: float | None = None) -> Statement:
    """Whether a loss has stayed where it started, or come down.

    It has not where it ends surely above its start, and so far above that no noise or plateau is: at twice a
    positive start; where the start is not positive, further above it than its best lay below. What still lies
    below a constant's loss tells of the targets and is judged by its best instead.

    Args:
        losses: Of all steps, oldest first.
        constant: Loss of the best constant prediction, where it is known.
    """
    if len(losses) < 2:
        return unknown("too few steps")
    if not math.isfinite(losses[-1]):
        return no(losses[-1], "the loss is not finite")
    values = [value for value in losses if math.isfinite(value)]
    start, end = start_and_end(values)
    if constant is not None and constant > 0 and end.value <= constant:
        return yes(end.value)
    best = min(level.value for level in _blocks(values)) if len(values) >= 2 * _BLOCK else start.value
    room = (levels.TWICE - 1) * start.value if start.value > 0 else max(0.0, start.value - best)
    if surely_above(end, start, room):
        return no(end.value, f"the loss ends at {end.value:.4g}, above its start at {start.value:.4g}")
    return yes(end.value)


def against_best(losses: Sequence[float], *, period: int | None = None, swings: bool = False) -> Statement:
    """Whether the last tenth has kept what had been reached on the way.

    Args:
        losses: Of all steps, oldest first.
        period: Steps of an epoch, where they differ within it (rows that are not shuffled).
        swings: The loss is meant to swing (adversaries, warm restarts, targets that move).
    """
    if swings or len(losses) < _FEWEST_BLOCKS * _BLOCK or not np.isfinite(losses).all():
        return unknown("the loss is meant to swing" if swings else "too few steps")
    parts = _blocks(losses, period)
    if len(parts) < _FEWEST_BLOCKS:
        return unknown("too few epochs")
    start = by_steps(np.asarray(losses[:START]), np.asarray(losses[: 2 * START]))
    best, last = min(parts[:-1], key=lambda level: level.value), parts[-1]
    way = start.value - best.value
    if way <= 0 or not surely_above(start, best):
        return yes(0.0)
    given_back = (last.value - best.value) / way
    if given_back > levels.LOST and surely_above(last, best):
        return no(given_back, f"the loss had come down to {best.value:.4g} and ends at {last.value:.4g}")
    return yes(max(0.0, given_back))


def _blocks(losses: Sequence[float], period: int | None = None) -> list[Level]:
    """Levels of tenths of a run, of whole epochs where a period is given; the last one ends with the run."""
    size = max(_BLOCK, int(len(losses) * levels.TENTH))
    if period:
        size = max(1, round(size / period)) * period
    values = np.asarray(losses, dtype=np.float64)
    return [by_spread(values[stop - size : stop]) for stop in range(len(values), size - 1, -size)][::-1]


def bounded(
    losses: Sequence[float], constant: float | None = None, *, period: int | None = None, swings: bool = False
) -> Statement:
    """Whether a loss is bounded, by its own start and its own best (see `against_start`, `against_best`)."""
    if not len(losses):
        return unknown("no steps")
    start = unknown() if swings and math.isfinite(losses[-1]) else against_start(losses, constant)
    best = against_best(losses, period=period, swings=swings)
    if start.no or best.no:
        return start if start.no else best
    return best if start.unknown else start


def within(end: float | None, constant: float | None, falling: Statement) -> Statement:
    """Whether a loss ends within twice that of the best constant, or is on its way there.

    Args:
        end: The loss as the model is used, or of the last steps.
        constant: Loss of the best constant; told only where it is positive.
        falling: What `still_falling` says of it.
    """
    if end is None or constant is None or not constant > 0 or math.isnan(end):
        return unknown("the loss of the best constant is not known")
    times = end / constant
    if times > levels.TWICE and not falling.yes:
        return no(times, f"the loss ends at {end:.4g}, a constant prediction gets {constant:.4g}")
    return yes(times)

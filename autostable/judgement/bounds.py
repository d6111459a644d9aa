"""Is a course of losses bounded: by its own start, by its own best, by the loss of the best constant?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autostable.figures import loss_figure
from autostable.judgement import levels
from autostable.judgement.certainty import p_of
from autostable.judgement.course import (
    NEAR,
    START,
    Level,
    by_spread,
    by_steps,
    drift,
    in_orders,
    slope,
    start_and_end,
    surely_above,
)
from autostable.judgement.statements import Statement, no, unknown, yes

_BLOCK = 5  # steps in a block, at least
_FEWEST_BLOCKS = 4


def against_start(losses: Sequence[float], constant: float | None = None) -> Statement:
    """Whether a loss has stayed where it started, or come down.

    It has not where it ends surely above its start, and so far above it that no noise or plateau is (see `_room`).
    What still lies below a constant's loss tells of the targets and is judged by its best instead.

    Args:
        losses: Of all steps, oldest first.
        constant: Loss of the best constant prediction, where it is known.
    """
    if len(losses) < 2:
        return unknown("too few steps")
    if not math.isfinite(losses[-1]):
        return no(losses[-1], "the loss is not finite")
    values = [value for value in losses if math.isfinite(value)]
    counted = next((place for place, value in enumerate(values) if value != 0.0), 0)
    values = values[counted:]  # of steps in which no row counts the loss is exactly 0
    if len(values) < 2:
        return unknown("too few steps")
    start, end = start_and_end(values)
    if constant is not None and constant > 0 and end.value <= constant:
        return yes(end.value)
    if _leapt(values, constant):
        return no(
            end.value, f"the loss started at {loss_figure(values[0])}, leapt, and ends at {loss_figure(end.value)}"
        )
    room = _room(values, start.value)
    if end.value - start.value <= room:
        return yes(end.value)
    if surely_above(*_in_orders(values, start.value, room)):
        return no(
            end.value, f"the loss ends at {loss_figure(end.value)}, above its start at {loss_figure(start.value)}"
        )
    return unknown("it may be noise", end.value)


def _leapt(losses: Sequence[float], constant: float | None) -> bool:
    """Whether the first updates threw a loss far above its first step, and it ends there.

    The median of the first five steps is not where such a training started. One batch may be a lucky one, but not that
    lucky: in 349 trainings that ended well the best of the next four lay 1.37 times above the first at most.
    """
    if len(losses) >= _FEWEST_BLOCKS * _BLOCK:  # its best, what it has learnt and the loss of a constant say more
        return False
    first, since = losses[0], losses[1:]
    limit = levels.TWICE * max(first, constant or 0.0)
    if first <= 0 or min(since) <= limit:
        return False
    orders = np.asarray(in_orders(since, first, limit - first))
    near = orders[:NEAR]
    before = Level(float(np.arcsinh(1.0)), drift(near), len(near) - 1)
    return surely_above(by_steps(orders[-1:], orders[-NEAR:]), before)


def _room(losses: Sequence[float], start: float) -> float:
    """How far above its start a loss may end: at twice a positive start, or as far as its best lay below.

    A loss that goes below zero has no size of its own, only how far it wanders: so what it did in its first half.
    """
    parts = [level.value for level in _blocks(losses)] or [start]
    room = max((levels.TWICE - 1) * start, start - min(parts), 0.0)
    return room if min(losses) >= 0 else max(room, float(np.ptp([start, *parts[: (len(parts) + 1) // 2]])))


def _in_orders(losses: Sequence[float], start: float, room: float) -> tuple[Level, Level]:
    """Levels of end and limit with what lies far above the start in orders of magnitude.

    What diverges does so by a factor a step; on its own scale that looks like noise.
    """
    scale = max(room, drift(np.asarray(losses[:NEAR])), 1e-300)
    first, end = start_and_end(in_orders(losses, start, scale))
    return end, Level(float(np.arcsinh(room / scale)), first.error, first.freedom)


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
    start = by_steps(np.asarray(losses[:START]), np.asarray(losses[:NEAR]))
    wander = drift(np.array([level.value for level in parts]))  # what neighbours differ by without any collapse
    parts = [Level(part.value, max(part.error, wander), part.freedom) for part in parts]
    best, last = min(parts[:-1], key=lambda level: level.value), parts[-1]
    way = start.value - best.value
    if way <= 0 or not surely_above(start, best):
        return yes(0.0)
    given_back = (last.value - best.value) / way
    if given_back > levels.LOST and surely_above(last, best):
        return no(
            given_back, f"the loss had come down to {loss_figure(best.value)} and ends at {loss_figure(last.value)}"
        )
    return yes(max(0.0, given_back))


def endless(losses: Sequence[float]) -> Statement:
    """Whether a loss falls below zero without end.

    A likelihood may well end below zero, but it comes to rest. What lies further below (`levels.TWICE`) than it had begun
    above, and falls at half its mean pace (1 / `levels.TWICE`) or more to the last, has no floor: probabilities that
    do not sum to one, labels of 255 where 1 is the most.

    Args:
        losses: Of all steps, oldest first.
    """
    if len(losses) < _FEWEST_BLOCKS * _BLOCK or not np.isfinite(losses).all():
        return unknown("too few steps")
    start, end = start_and_end(losses)
    if end.value > -levels.TWICE * abs(start.value) or not surely_above(start, end):
        return no(end.value)
    pace, t, freedom = slope(np.asarray(losses[-max(_BLOCK, int(len(losses) * levels.QUARTER)) :], dtype=np.float64))
    falls = pace < 0 and p_of(-t, freedom) <= levels.SURELY
    if falls and -pace * len(losses) * levels.TWICE >= start.value - end.value:
        return yes(end.value, f"the loss falls below zero without end: it is at {loss_figure(end.value)}")
    return no(end.value)


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
    if times > levels.TWICE and falling.unknown:
        return unknown("too few steps", times)
    if times > levels.TWICE and falling.no:
        return no(times, f"the loss ends at {loss_figure(end)}, a constant prediction gets {loss_figure(constant)}")
    return yes(times)

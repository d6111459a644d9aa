"""The course of a training, from the losses of its steps: where it starts and ends, whether it still falls.

Losses are those of the steps, never of logs; they may be negative, and nothing here depends on their scale.
Levels are medians: one lucky or unlucky batch is not a course.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autostable.figures import loss_figure
from autostable.judgement import levels
from autostable.judgement.certainty import ROUNDING, RUNS, p_of
from autostable.judgement.spikes import PER_DEVIATION
from autostable.judgement.statements import Statement, no, unknown, yes

Array = NDArray[np.float64]

START = 5  # steps that the start is taken from: a network may have learnt much in ten
NEAR = 2 * START  # steps beside an end, whose noise is that of the end
_END = 50  # steps that the end is taken from, at most
_OF_MEDIAN = 1.25  # the standard error of a median of a normal distribution, in that of the mean
# Steps: what falls in fewer has only begun (a healthy run of 60 may stand above a constant, with a t of 1.6).
_BEGUN = 100
_PACE = 16  # steps that a pace is taken from, if that is no more than a half: the quarter of a short run is a few
_FEWEST = 4  # values that have a slope


@dataclasses.dataclass(frozen=True)
class Level:
    """Where a stretch of losses lies: its median, the standard error of that, and degrees of freedom."""

    value: float
    error: float
    freedom: int


def ends(losses: Sequence[float]) -> tuple[float | None, float | None]:
    """Median loss of the first steps (at most 5) and of the last tenth (at most 50 steps)."""
    if not losses:
        return None, None
    return float(np.median(losses[:START])), float(np.median(losses[-_end_of(losses) :]))


def means(losses: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean loss of the same stretches: what reports show and attempts are put in order by, spikes included."""
    if not losses:
        return None, None
    return float(np.mean(losses[: min(START, _end_of(losses))])), float(np.mean(losses[-_end_of(losses) :]))


def _end_of(losses: Sequence[float]) -> int:
    return min(_END, max(1, int(len(losses) * levels.TENTH)))


def drift(values: Array) -> float:
    """Standard deviation of values that wander, apart from a trend: by what they differ from one to the next."""
    steps = np.diff(values)
    return PER_DEVIATION * float(np.median(np.abs(steps - np.median(steps)))) / math.sqrt(2) if len(steps) else 0.0


def by_steps(stretch: Array, beside: Array) -> Level:
    """The level of a stretch that may have a trend: its noise is that from step to step, `beside` it too.

    Losses of steps beside each other are alike, so the medians of five steps may wander by more than that.
    """
    parts = np.array_split(beside, len(beside) // START) if len(beside) >= START else []
    medians = np.array([np.median(part) for part in parts])
    error = max(_OF_MEDIAN * drift(beside) / math.sqrt(len(stretch)), drift(medians))
    return Level(float(np.median(stretch)), error, len(beside) - 1)


def by_spread(stretch: Array) -> Level:
    """The level of a stretch that has none."""
    middle = float(np.median(stretch))
    spread = PER_DEVIATION * float(np.median(np.abs(stretch - middle)))
    return Level(middle, _OF_MEDIAN * spread / math.sqrt(len(stretch)), len(stretch) - 1)


def surely_above(high: Level, low: Level, by: float = 0.0) -> bool:
    """Whether one level lies above another by more than `by`, beyond noise."""
    rise, error = high.value - low.value - by, math.hypot(high.error, low.error)
    rounding = ROUNDING * max(abs(high.value), abs(low.value))
    t = math.inf if error == 0 else rise / error
    return rise > rounding and p_of(t, high.freedom + low.freedom) <= levels.SURELY


def start_and_end(losses: Sequence[float]) -> tuple[Level, Level]:
    """Levels of the first steps and of the last tenth."""
    values, count = np.asarray(losses, dtype=np.float64), _end_of(losses)
    near = max(NEAR, min(_END, len(values) // 2))
    return by_steps(values[:START], values[:near]), by_steps(values[-count:], values[-near:])


def in_orders(losses: Sequence[float], centre: float, scale: float) -> list[float]:
    """Losses as they lie about a centre: as they are within `scale` of it, in orders of magnitude beyond.

    The noise of a loss grows with it, and what diverges does so by a factor a step.
    """
    return [float(value) for value in np.arcsinh((np.asarray(losses) - centre) / scale)]


def lower(losses: Sequence[float]) -> Statement:
    """Whether the loss ends surely below its own start, by both ends or, of a noisy loss, by what came first."""
    if len(losses) < NEAR or not np.isfinite(losses).all():
        return unknown("too few steps" if len(losses) < NEAR else "the loss is not finite")
    start, end = start_and_end(losses)
    fall = start.value - end.value
    if fall <= ROUNDING * max(abs(start.value), abs(end.value)):
        return no(fall)
    noise = max(drift(np.asarray(losses[-NEAR:])), ROUNDING * float(np.abs(losses).max()), 1e-300)
    ordered = in_orders(losses, end.value, noise)
    return yes(fall) if _began_higher(losses) or surely_above(*start_and_end(ordered)) else no(fall)


def _began_higher(losses: Sequence[float]) -> bool:
    """Whether some first stretch surely lies above the last half: of a noisy loss five steps say little, a tenth may.

    The noise is what steps beside each other differ by, at the start or over all, and what blocks of the last half wander.
    """
    values = np.asarray(losses, dtype=np.float64)
    later, count = values[len(values) // 2 :], len(values)
    lengths = {START, max(START, int(count * levels.TENTH)), max(START, int(count * levels.QUARTER))}
    rest = float(np.mean(later))
    wander = drift(np.array([part.mean() for part in np.array_split(later, len(later) // START)]))
    for length in lengths:
        first = values[:length]
        noise = max(drift(values), drift(values[: 2 * length]))
        error = max(noise / math.sqrt(length), wander * math.sqrt(START / length))
        t = math.inf if error == 0 else (float(np.mean(first)) - rest) / error
        if float(np.mean(first)) > rest and p_of(t, count - 2) <= levels.SURELY / len(lengths):
            return True
    return False


def still_falling(
    losses: Sequence[float], level: float | None = None, *, used: float | None = None, steps: int | None = None,
    slackens: bool = True, constant: float | None = None,
) -> Statement:  # fmt: skip
    """Whether a loss would pass a level within as many steps again, at the pace of its last quarter as that slackens.

    Nearly all losses come down ever more slowly: what a straight line promises of one that halves in each quarter is eight
    times what is still to come. Each quarter to come is taken to bring as much less as the last one did beside that before.

    Args:
        losses: Of all steps, oldest first.
        level: What it should pass: the constant's loss, or the one at the limit of REACH. Where none is known, a
            tenth (`levels.DELTA`) below where it stands.
        used: The loss at the end as the model is used. If the training's own is below the level and this one is
            not (averages that lag), its pace excuses nothing.
        steps: How many steps there were, where `losses` are those of epochs.
        slackens: Whether the pace is taken to slacken; if not, to stay what it is.
        constant: The loss of the best constant: beside where the training began it tells what height it has made itself.
    """
    last = max(_FEWEST, int(len(losses) * levels.QUARTER), min(len(losses) // 2, _PACE))
    stretch = np.asarray(losses[-last:], dtype=np.float64)
    if len(stretch) < _FEWEST or not np.isfinite(stretch).all():
        return unknown("too few steps" if len(stretch) < _FEWEST else "the loss is not finite")
    pace, t, freedom = slope(stretch)
    now = float(stretch.mean()) + pace * len(stretch) / 2
    level = now - levels.DELTA * abs(now) if level is None else level
    if used is not None and now <= level < used:
        return no(pace, "the loss falls in training only")
    if steps in (None, len(losses)) and _thrown_up(losses[0], stretch, constant):
        return no(
            pace,
            f"the loss began at {loss_figure(losses[0])}: it falls from a height that the training has made itself",
        )
    again = _quarters(losses, last, pace) if slackens else len(losses) / last
    there = (now if used is None else used) + pace * last * again
    if _falls(pace, t, freedom) and there <= level:
        return yes(pace)
    begun = (steps or len(losses)) < _BEGUN and slope(np.asarray(losses, dtype=np.float64))[0] < 0
    return unknown("too few steps", pace) if begun else no(pace)


def _thrown_up(first: float, stretch: Array, constant: float | None) -> bool:
    """Whether a training that began low stands far above that, and above a constant: its first updates have thrown it there.

    Targets in raw units begin at that height. Of 27 fits (Adam, SGD with and without momentum, several rates, targets of order
    1 and of 1000) the 7 that stood so after 24, 40 or 80 of 400 steps never came below a constant's loss. The lowest of the
    last steps lay 2.9 times above and more in these, 1.08 times at most in the others.
    """
    return constant is not None and first > 0 and float(stretch.min()) > levels.TWICE * max(first, constant)


def _quarters(losses: Sequence[float], last: int, pace: float) -> float:
    """How many stretches as good as the last one are to come in as many steps again (a geometric series)."""
    again = len(losses) / last
    before = np.asarray(losses[-2 * last : -last], dtype=np.float64)
    if len(before) < last:
        return again
    earlier, t, freedom = slope(before)
    share = max(0.0, pace / earlier) if _falls(earlier, t, freedom) else 1.0
    return again if share >= 1.0 else share * (1.0 - share**again) / (1.0 - share)


def moves_down(losses: Sequence[float]) -> bool:
    """Whether a loss is surely still on its way down in its second half, however far it may get."""
    stretch = np.asarray(losses[len(losses) // 2 :], dtype=np.float64)
    if len(stretch) < _FEWEST or not np.isfinite(stretch).all():
        return False
    return _falls(*slope(stretch))


def _falls(pace: float, t: float, freedom: int) -> bool:
    """Whether a slope is surely one downwards."""
    return pace < 0 and p_of(-t, freedom) <= levels.SURELY


def slope(values: Array) -> tuple[float, float, int]:
    """Least-squares slope a step, its t and degrees of freedom, over means of at most `RUNS` stretches: steps come in runs."""
    parts = np.array_split(values, min(len(values), RUNS))
    y, x = np.array([part.mean() for part in parts]), np.linspace(0, len(values) - 1, len(parts))
    x = x - x.mean()
    found = float(x @ y / (x @ x))
    rest = y - y.mean() - found * x
    freedom = len(y) - 2
    error = math.sqrt(float(rest @ rest) / freedom / float(x @ x))
    rounding = 1e-7 * abs(float(y.mean())) / math.sqrt(float(x @ x))
    return found, found / max(error, rounding, 1e-300), freedom

"""Targets some of which are not what they say: read in another unit, or wrapped around in a type that was too narrow.

That is a hypothesis which predicts something, so it is settled on the data, without any training: put back, such targets are
told by the inputs far better than as they are, and at the places to which they were put back. Nothing is asked of a plain
model until the targets themselves arouse suspicion:

- A gap splits them that is wider than all that lies on one side of it. A mark of thousands that was read as a decimal point
  ("1.250") takes from the rows beyond a limit, and puts these back behind all others; another unit takes from any rows, and
  no input says from which.
- They are steps of a grid, as many as an integer of 8, 16 or 32 bits has values, and the seam between its last value and its
  first is no wider than what lies between others. Then they lie on a circle, and are told better there than on a line.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from autostable.judgement import levels
from autostable.judgement.certainty import surely_above_zero
from autostable.judgement.kinds import Array, Kind
from autostable.judgement.plain_models import MOST_COLUMNS, HeldOut, prepared, ridge, trees
from autostable.judgement.reference import first_rows
from autostable.records import Astray

FEWEST_ROWS = 200
FEWEST = 20  # rows on each side of a gap, and values that they hold: of codes and classes any may be rare and far off
BITS = (8, 16, 32)
MARK = 1000.0  # what a mark of thousands divides by, where it is read as a decimal point
UNITS = (10.0, 100.0, 1000.0, 1e6, 60.0, 3600.0, 24.0, 1440.0, 86400.0)
_SURELY_OFF = 3.1  # standard errors: one-sided p of `levels.SURELY`
# standard error of the logarithm of an interquartile range, for one row of a normal distribution, times what is surely off
_OFF = 1.17 * _SURELY_OFF
BYTE, _EXACT = 255.0, 1e-3  # what bytes are divided by, and how far off even float16 may put one 255th
_WHOLE = 0.02  # of a step: how far off the grid float32 may put a number
# of a step: ten distances (FEWEST / 2) are all as near to whole steps by chance in 0.4^10, once in ten thousand times
_ON_GRID = 0.2

Mask = NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class _Told:
    """What a plain model made of unseen targets: squared errors, and those of the best constant, row by row."""

    predictions: Array
    errors: Array
    constants: Array

    @property
    def share(self) -> float:
        return 1 - float(self.errors.mean() / self.constants.mean())

    @property
    def gains(self) -> Array:
        return np.asarray((self.constants - self.errors) / self.constants.mean())


def astray(x: Array, y: Array) -> Astray | None:
    """Whether some targets are in another unit or have wrapped around; None where that is not sure.

    Args:
        x: Inputs (rows, columns), in the order of the rows.
        y: The one column of targets (rows,), numbers.
    """
    rows = np.asarray(first_rows(np.arange(len(y), dtype=np.float64)), dtype=np.int64)
    if len(rows) < FEWEST_ROWS:
        return None
    x, y = np.asarray(x[rows], np.float64), np.asarray(y[rows], np.float64)
    if not np.isfinite(y).all() or len(np.unique(y)) < FEWEST:
        return None
    return _wrapped(x, y) or _in_two_units(x, y)


def divided(y: Array) -> Astray | None:
    """Whether labels are nothing but 0 and 1/255: flags that were divided along with the bytes of pictures.

    Args:
        y: Of any shape.
    """
    high = float(y.max(initial=0.0))
    if abs(high * BYTE - 1) > _EXACT or not np.isin(y, (0, y.dtype.type(high))).all():
        return None
    return Astray("byte", high / 2, high * 2, BYTE, 0.0, int(np.count_nonzero(y)), y.size, 0.0, 0.0)


# -- another unit ---------------------------------------------------------------------------------


def _in_two_units(x: Array, y: Array) -> Astray | None:
    narrow = _behind_a_gap(y)
    if narrow is None or not _many(y[narrow]) or not _many(y[~narrow]):
        return None
    plain = None
    for factor, shift, mark in _units(y, narrow):
        moved = narrow if mark or 2 * narrow.sum() <= len(y) else ~narrow  # a mark takes from what is beyond it
        if moved is not narrow:
            factor, shift = 1 / factor, -shift / factor
        restored = np.where(moved, y * factor + shift, y)
        if not _foretold(x, y, restored, moved, apart=True, alike=not mark) or not (mark or _by_chance(x, moved)):
            continue
        plain = plain or _best(x, y)
        told = _surely_better(x, plain, restored)
        if told is None:
            continue
        low, high = _within(y, moved)
        return Astray(
            "unit", low, high, factor, shift, int(moved.sum()), len(y), plain.share, told.share, mark=mark,
            mean=float(restored.mean()), std=float(restored.std()),
        )  # fmt: skip
    return None


def _behind_a_gap(y: Array) -> Mask | None:
    """Which side of a gap spans less than the gap itself; None where there is no such gap with enough on both sides."""
    ordered = np.sort(y)
    gaps, spans = np.diff(ordered), np.minimum(ordered[:-1] - ordered[0], ordered[-1] - ordered[1:])
    wide = np.where(spans > 0, gaps / np.maximum(spans, 1e-300), 0.0)[FEWEST - 1 : 1 - FEWEST]
    at = FEWEST - 1 + int(wide.argmax())
    if wide.max() <= 1.0:
        return None
    below = y <= ordered[at]
    return np.asarray(below if ordered[at] - ordered[0] == spans[at] else ~below)


def _many(values: Array) -> bool:
    return len(np.unique(values)) >= FEWEST // 2


def _units(y: Array, narrow: Mask) -> Iterator[tuple[float, float, bool]]:
    """Factors for the narrow side of the gap, what is added then, and whether it was a mark of thousands."""
    low, wide = y[narrow], y[~narrow]
    positive = y.min() > 0
    for zero in _zeros(low, wide, positive):
        shift = float(zero * (1 - MARK))
        if (low * MARK + shift).min() > wide.max() and low.max() < wide.min():
            yield MARK, shift, True
            break
    ratio = _quartiles(wide) / max(_quartiles(low), 1e-300)
    nearest = min(UNITS, key=lambda unit: abs(math.log(unit / max(ratio, 1e-300))))
    # both sides are the same kind of thing: in one unit they spread alike, as far as so many rows can tell
    if abs(math.log(nearest / max(ratio, 1e-300))) > _OFF * math.sqrt(1 / len(low) + 1 / len(wide)):
        return
    yield nearest, 0.0 if positive else float(wide.mean() - nearest * low.mean()), False


def _quartiles(values: Array) -> float:
    low, high = np.percentile(values, (25, 75))
    return float(high - low)


def _zeros(low: Array, wide: Array, positive: bool) -> Iterator[float]:
    """Where a mark's 0 may lie: at 0; a step of the wide side's grid before the thousandths of one; just so that both meet."""
    if positive:
        yield 0.0
        return
    grid = _grid(wide)
    if grid is not None:
        yield wide.min() - grid * math.ceil((wide.min() - low.min()) / grid + 1 - _WHOLE)
        return
    yield float((MARK * low.min() - wide.max()) / (MARK - 1))


def _by_chance(x: Array, moved: Mask) -> bool:
    """Whether no input says which rows are concerned: of two kinds of things each may well have numbers of its own."""
    marks = moved.astype(np.float64)[:, None]
    for fit in (ridge, trees):
        told = _told(marks, fit(Kind.NUMBER, x, marks).singly)
        if told.share > levels.DELTA and surely_above_zero(told.gains):
            return False
    return True


# -- wrapped around -------------------------------------------------------------------------------


def _wrapped(x: Array, y: Array) -> Astray | None:
    step = _grid(y) or (1.0 if (y == np.round(y)).all() else None)  # of 2^32 values no two need be neighbours
    if step is None:
        return None
    ordered = np.unique(y)
    values = round((ordered[-1] - ordered[0]) / step) + 1
    bits = next((bits for bits in BITS if values <= 2**bits), None)  # the least: in half of them no seam is narrow
    if bits is None:
        return None
    around = step * 2.0**bits
    gaps = np.diff(ordered)
    seam = around - (ordered[-1] - ordered[0])
    if seam > gaps.max() + step * _WHOLE:
        return None
    plain = _best(x, y)
    if plain.share > 1 - levels.DELTA:  # nothing is left to be told better
        return None
    circle = _on_circle(x, y, around)
    if not _exceeds(circle, plain):
        return None
    at = int(gaps.argmax())
    upper = y > ordered[at]
    if gaps[at] > seam:
        # which side wrapped is not to be seen: differences of counts go below 0, what is summed or multiplied grows too large
        down = bits == BITS[0]
        moved, shift = (upper, -around) if down else (~upper, around)
        restored = np.where(moved, y + shift, y)
        told = _surely_better(x, plain, restored)
        if told is not None and _foretold(x, y, restored, moved, apart=False):
            low, high = _within(y, moved)
            return Astray(
                "wrap", low, high, 1.0, shift, int(moved.sum()), len(y), plain.share, told.share, bits, around,
                mean=float(restored.mean()), std=float(restored.std()),
            )  # fmt: skip
    return Astray("wrap", None, None, 1.0, 0.0, 0, len(y), plain.share, circle.share, bits, around)


def _grid(y: Array) -> float | None:
    """The step of the grid that all these numbers lie on; None where there is none."""
    values = np.unique(y)
    gaps = np.diff(values)
    # float32 may have made two of one
    gaps = gaps[gaps > 1e-6 * max(abs(values[0]), abs(values[-1]))]
    if len(gaps) < FEWEST // 2:
        return None
    step = float(gaps.min())
    for most in (10.0, 100.0, 1000.0, math.inf):  # the longer the distance, the better it tells the step
        steps = gaps / step
        short = steps <= most
        if float(np.abs(steps - np.round(steps))[short].max()) > _ON_GRID:
            return None
        step = float(gaps[short].sum() / np.round(steps)[short].sum())
    places = (values - values[0]) / step
    return step if float(np.abs(places - np.round(places)).max()) <= _ON_GRID else None


def _on_circle(x: Array, y: Array, around: float) -> _Told:
    """What trees make of unseen targets where these lie on a circle of such a length; distances along it count."""
    turn = 2 * math.pi / around
    both = np.stack([np.cos(y * turn), np.sin(y * turn)], axis=1)
    held = trees(Kind.NUMBER, x, both)
    centre = np.arctan2(*both.mean(axis=0)[::-1]) / turn
    constants = _along(y - centre, around) ** 2
    found = [np.arctan2(scores[:, 1], scores[:, 0]) / turn for scores in (held.singly, held.in_blocks)]
    told = [_Told(each, _along(y - each, around) ** 2, constants) for each in found]
    return min(told, key=lambda each: each.share)


def _along(distance: Array, around: float) -> Array:
    return np.asarray(distance - around * np.round(distance / around))


def _within(y: Array, moved: Mask) -> tuple[float, float]:
    """A range of all that is on this side of the gap, of rows that were not looked at, too."""
    own, others = y[moved], y[~moved]
    half = max(own.min() - others.max(), others.min() - own.max()) / 2
    return float(own.min() - half), float(own.max() + half)


# -- what settles it ------------------------------------------------------------------------------


def _best(x: Array, y: Array) -> _Told:
    """The better of ridge and trees, each by the worse of the two kinds of unseen rows."""
    goal = y[:, None]
    return max((_worse(goal, held) for held in (ridge(Kind.NUMBER, x, goal), trees(Kind.NUMBER, x, goal))), key=_share)


def _worse(goal: Array, held: HeldOut) -> _Told:
    return min((_told(goal, scores) for scores in (held.singly, held.in_blocks)), key=_share)


def _share(told: _Told) -> float:
    return told.share


def _told(goal: Array, scores: Array) -> _Told:
    y, found = goal[:, 0], scores[:, 0]
    return _Told(found, (y - found) ** 2, (y - y.mean()) ** 2)


def _exceeds(told: _Told, plain: _Told) -> bool:
    """Whether surely more is told by DELTA, and no more than half of what was not told is left."""
    more = surely_above_zero(told.gains - plain.gains - levels.DELTA)
    return more and (1 - told.share) * levels.TWICE <= 1 - plain.share


def _surely_better(x: Array, plain: _Told, restored: Array) -> _Told | None:
    told = _best(x, restored)
    return told if _exceeds(told, plain) else None


def _foretold(x: Array, y: Array, restored: Array, moved: Mask, *, apart: bool, alike: bool = False) -> bool:
    """Whether what the other rows alone foretell of these is nearer to where they were put back than to where they are.

    Args:
        x: Inputs.
        y: Targets as they are.
        restored: Targets with some put back.
        moved: Which ones.
        apart: The others tell these from each other, too: a group that goes by something else can be put anywhere.
        alike: These rise with what is foretold as the others do: with another factor they are things of another kind.
    """
    z = prepared(x, MOST_COLUMNS)
    z = np.concatenate([z, np.ones((len(z), 1))], axis=1)
    rest = z[~moved]
    penalty = np.diag([1.0] * (z.shape[1] - 1) + [1e-9])
    foretold = z @ np.linalg.solve(rest.T @ rest + penalty, rest.T @ y[~moved])
    found, own = foretold[moved], restored[moved]
    if alike:
        (one, error), (other, more) = _slope(found, own), _slope(foretold[~moved], y[~moved])
        if abs(one - other) > _SURELY_OFF * math.hypot(error, more):
            return False
    if apart and not surely_above_zero((own - own.mean()) * (found - found.mean())):
        return False
    return surely_above_zero(np.abs(found - y[moved]) - np.abs(found - own))


def _slope(found: Array, own: Array) -> tuple[float, float]:
    """How steeply targets rise with what is foretold of them, and the standard error of that."""
    x, y = found - found.mean(), own - own.mean()
    square = float(x @ x) or 1e-300
    slope = float(x @ y) / square
    return slope, float(np.sqrt(((y - slope * x) ** 2).mean() / square))

"""Does a network know which target belongs to which row? A permutation test of the training's own loss.

The method is that of scikit-learn's `permutation_test_score` (Ojala and Garriga 2010), without refitting:
the loss on the true pairs against the losses with the targets shuffled among the rows.
"""

from __future__ import annotations

import dataclasses
import enum
import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from autostable.judgement import levels
from autostable.judgement.certainty import ROUNDING
from autostable.judgement.statements import Statement, no, unknown, yes

IntArray = NDArray[np.int64]

EXACT_ROWS = 7  # 5,040 orders, the fewest rows at which the true pairs can be one in a thousand
_LOOKS = 5  # shuffles after which a loss that has not moved is taken not to move
_SHUFFLES = 30
_FEWEST = 5  # finite shuffled losses that a z needs


@dataclasses.dataclass(frozen=True)
class Signal:
    """What shuffling the targets does to a loss.

    Attributes:
        true: Loss of the true pairs.
        mean: Mean loss of the shuffled pairs.
        spread: Their standard deviation.
        z: How many spreads the true loss lies below the mean.
        p: Share of orders, the true one among them, whose loss is not above the true one. A few rows of great weight widen
            the spread and hide a z; they do not hide that no other order comes as low.
        rows: Rows that were shuffled.
        shuffles: Shuffled losses that are finite.
        exact: `p` is over all orders, or already beyond `levels.SURELY` when the rest was left out.
        moves_nothing: No shuffle moved the loss beyond rounding.
    """

    true: float
    mean: float
    spread: float
    z: float
    p: float
    rows: int
    shuffles: int
    exact: bool = False
    moves_nothing: bool = False

    @property
    def passes(self) -> bool:
        """Whether the true pairs are told from shuffled ones."""
        return self.p <= levels.SURELY or (not self.exact and self.z >= levels.SIGNAL)


class Still(enum.Enum):
    """Why shuffling the targets moves nothing."""

    CONSTANT_OUTPUT = "the output is the same for all rows"
    EQUAL_TARGETS = "all targets are equal"
    LOSS_READS_NO_TARGETS = "the loss does not read the targets"
    DROWNED = "what the output tells of the rows is lost beside what it is off by"
    BLIND_LOSS = "the loss reads the targets, but not which row they belong to"


def permutation(
    loss: Callable[[IntArray], float], rows: int, *, shuffles: int = _SHUFFLES, most: int | None = None, seed: int = 0
) -> Signal:
    """Hold the loss of the true pairs against that of shuffled ones.

    Up to `EXACT_ROWS` rows all orders are gone through, in a drawn order, until it is certain how the test ends.

    Args:
        loss: The training's own loss with the targets reordered; `np.arange(rows)` gives the true loss.
        rows: How many rows there are.
        shuffles: Orders to draw.
        most: So many are drawn where z does not pass and no order has come as low as the true one; no more by default.
        seed: Of a generator of our own.
    """
    exact = rows <= EXACT_ROWS
    true = float(loss(np.arange(rows)))
    if not math.isfinite(true):
        return _untold(true, rows, 0, exact)
    allowed = math.floor(levels.SURELY * math.factorial(rows)) - 1 if exact else 0  # with more it cannot pass
    found: list[float] = []
    moved, as_low = False, 0
    for order in _all_orders(rows, seed) if exact else _drawn_orders(rows, max(shuffles, most or 0), seed):
        if not exact and len(found) >= shuffles and (as_low or _z(true, found) >= levels.SIGNAL):
            break
        found.append(float(loss(order)))
        moved = moved or not abs(found[-1] - true) <= _tolerance(true)
        as_low += found[-1] <= true + _tolerance(true)
        if not moved and len(found) >= _LOOKS:
            break
        if exact and len(found) >= shuffles and as_low > allowed:
            break
    return _signal(true, found, as_low, rows, exact=exact, moved=moved)


def _untold(true: float, rows: int, shuffles: int, exact: bool) -> Signal:
    return Signal(true, math.nan, math.nan, math.nan, 1.0, rows, shuffles, exact)


def _signal(true: float, found: list[float], as_low: int, rows: int, *, exact: bool, moved: bool) -> Signal:
    finite = np.array([value for value in found if math.isfinite(value)])
    if len(finite) < (1 if exact else min(_FEWEST, max(1, len(found)))):
        return _untold(true, rows, len(finite), exact)
    mean, spread = float(finite.mean()), float(finite.std())
    z = _z(true, found) if moved else 0.0
    p = (1 + as_low) / (1 + len(finite))
    return Signal(true, mean, spread, z, p, rows, len(finite), exact, moves_nothing=not moved)


def _z(true: float, found: list[float]) -> float:
    finite = np.array([value for value in found if math.isfinite(value)])
    mean = float(finite.mean()) if len(finite) else math.nan
    return (mean - true) / max(float(finite.std()), 1e-12 * max(abs(mean), 1e-300)) if len(finite) else math.nan


def same(loss: float, true: float) -> bool:
    """Whether two losses are equal within rounding."""
    return bool(np.isclose(loss, true, rtol=ROUNDING, atol=0.0))


def _tolerance(true: float) -> float:
    return ROUNDING * abs(true)


def _drawn_orders(rows: int, shuffles: int, seed: int) -> Iterator[IntArray]:
    generator = np.random.default_rng(seed)
    for _ in range(shuffles):
        yield generator.permutation(rows)


def _all_orders(rows: int, seed: int) -> Iterator[IntArray]:
    """All orders but the true one; mixed, for the first of `itertools` hardly differ from it."""
    orders = np.array(list(itertools.permutations(range(rows))), dtype=np.int64)[1:]
    yield from orders[np.random.default_rng(seed).permutation(len(orders))]


def of_perfect_predictions(targets: NDArray[np.float64], *, shuffles: int = _SHUFFLES, seed: int = 0) -> Signal:
    """The signal of a network that is always right, by the squared error.

    Args:
        targets: Numbers or one-hot classes (rows, columns), finite.
        shuffles: Orders to draw.
        seed: Of a generator of our own.
    """
    y = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
    return permutation(lambda order: float(np.mean((y[order] - y) ** 2)), len(y), shuffles=shuffles, seed=seed)


def why_it_does_not_move(
    constant_output: bool, loss_reads_targets: bool, targets_differ: bool = True, loss_reads_pairs: bool = False
) -> Still:
    """Why shuffling the targets moves nothing.

    Args:
        constant_output: The output is the same for all rows.
        loss_reads_targets: The loss moves when the targets themselves are replaced by others.
        targets_differ: Not all targets are equal.
        loss_reads_pairs: Under other outputs, which do differ from row to row, shuffling moves the loss.
    """
    if not targets_differ:
        return Still.EQUAL_TARGETS
    if constant_output:
        return Still.CONSTANT_OUTPUT
    if not loss_reads_targets:
        return Still.LOSS_READS_NO_TARGETS
    return Still.DROWNED if loss_reads_pairs else Still.BLIND_LOSS


def blind(signal: Signal, still: Still | None) -> Statement:
    """Whether the loss is blind: it reads the targets but not their pairing (a broadcast, a wrong axis)."""
    if not signal.moves_nothing:
        return no(signal.z) if math.isfinite(signal.z) else unknown("the loss is not finite")
    if still is None:
        return unknown("why the loss does not move was not looked into")
    return yes(signal.true, still.value) if still is Still.BLIND_LOSS else no(signal.true, still.value)


def statement(signal: Signal, *, best: Signal | None = None, still: Still | None = None) -> Statement:
    """Whether the network tells the true pairs from shuffled ones.

    Args:
        signal: What `permutation` found.
        best: The signal of the best predictions that are known: the reference's left-out ones, or perfect ones.
            Where these would not pass either, nothing can be told.
        still: Why the loss does not move, where it does not.
    """
    if signal.moves_nothing:
        constant = still in (Still.CONSTANT_OUTPUT, Still.DROWNED)
        why = "" if still is None else still.value
        return no(0.0, why) if constant else unknown(why or "shuffling the targets moves nothing")
    if not math.isfinite(signal.z):
        return unknown("the loss is not finite")
    figure = signal.p if signal.exact else signal.z
    if signal.passes:
        return yes(figure)
    if signal.exact and signal.rows < EXACT_ROWS:
        return unknown(f"{signal.rows} rows are too few", figure)
    if best is not None and not best.passes:
        return unknown("the best predictions that are known would not pass either", figure)
    return no(figure)


def learnt(signal: Statement, lower: Statement, skill: Statement) -> Statement:
    """Whether the signal was learnt in this training, or before it.

    A network that was never trained passes the test in a third of all cases. And where the loss is as surely higher on the
    true pairs than on shuffled ones, though it beats every constant, the test does not fit it: the order of the targets
    tells it more than whose they are (events sorted by time).

    Args:
        signal: What `statement` says.
        lower: Whether the loss is surely lower than at its own start (`course.lower`).
        skill: Whether the loss lies below a constant's: a network that starts well has learnt before.
    """
    turned = signal.no and signal.figure is not None and signal.figure <= -levels.SIGNAL
    if turned and skill.yes and skill.figure is not None and skill.figure > levels.DELTA / 2:
        return unknown("the loss is higher on the true pairs than on shuffled ones", signal.figure)
    if signal.yes and lower.no and not skill.yes:
        return no(signal.figure, "networks that were never trained have as much; the loss is where it was at its start")
    return signal

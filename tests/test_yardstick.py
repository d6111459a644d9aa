"""How a course of losses is judged."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from autostable.yardstick import ends, still_falling, unbounded

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("losses", "first", "last"),
    [
        ([], None, None),
        ([3.0], 3.0, 3.0),
        ([4.0, 2.0], 4.0, 2.0),
        ([10.0] * 10 + [1.0] * 10, 10.0, 1.0),
        ([9.0] * 5 + [5.0] * 985 + [1.0] * 10, 9.0, (40 * 5.0 + 10 * 1.0) / 50),  # at most 50 steps at the end
    ],
)
def test_the_ends_of_a_course(losses: Sequence[float], first: float | None, last: float | None) -> None:
    assert ends(losses) == (first, pytest.approx(last) if last is not None else None)


def test_an_end_that_is_not_finite_says_so() -> None:
    first, last = ends([1.0] * 20 + [INF])
    assert first == 1.0
    assert last is not None and not math.isfinite(last)


@pytest.mark.parametrize(
    ("losses", "planned", "bounded"),
    [
        ([1.0] * 20, False, True),
        ([1.0] * 20, True, True),
        ([1.0] * 19 + [5.0] * 4, False, True),  # the user's own program gets the benefit of the doubt
        ([1.0] * 19 + [5.0] * 4, True, False),  # a plan does not
        ([1.0] * 19 + [50.0] * 4, False, False),
        ([0.001] * 19 + [0.5] * 4, False, True),  # a loss that stays below one is no divergence
        ([0.001] * 19 + [0.5] * 4, True, False),
        ([-1.0] * 19 + [-50.0] * 4, True, True),  # a likelihood that goes on falling
        ([-1.0] * 19 + [50.0] * 4, True, True),  # of a loss that may be negative only the ranking can say
        ([1.0] * 20 + [INF], True, False),
        ([INF, 1.0, 1.0], True, True),  # nothing to compare with
        ([], True, True),
    ],
)
def test_bounded(losses: Sequence[float], planned: bool, bounded: bool) -> None:
    why = unbounded(losses, planned=planned)
    assert (why is None) == bounded, why


def test_the_reason_holds_the_numbers() -> None:
    assert unbounded([2.0] * 20 + [90.0] * 3, planned=True) == "the loss ends at 90, above its start at 2"


def noisy(slope: float, level: float = 1.0, noise: float = 0.05, steps: int = 300) -> list[float]:
    rng = np.random.default_rng(0)
    return [float(level + slope * step + rng.normal(0, noise)) for step in range(steps)]


@pytest.mark.parametrize(
    ("losses", "falling"),
    [
        (noisy(-0.003), True),
        (noisy(0.0), False),
        (noisy(0.003), False),
        ([1.0] * 100, False),
        ([0.69314] * 50 + [0.69313] * 50, False),  # too little to matter
        ([], False),
        ([1.0], False),
        ([5.0, 4.0, 3.0, 2.0, 1.0, 0.5], True),
    ],
)
def test_still_falling(losses: Sequence[float], falling: bool) -> None:
    assert still_falling(losses) is falling


def test_a_plan_under_which_the_loss_sinks_far_below_zero_does_not_hold() -> None:
    sinking = [2.3 - 100.0 * step for step in range(60)]
    assert unbounded(sinking, planned=True) is not None
    assert unbounded(sinking, planned=False) is None
    assert unbounded([2.3 - 0.1 * step for step in range(60)], planned=True) is None

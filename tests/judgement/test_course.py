"""Courses of losses: where they start and end, whether they fall, whether they are bounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from autostable.judgement.bounds import against_best, against_start, bounded, endless, within
from autostable.judgement.course import ends, lower, moves_down, still_falling
from autostable.judgement.statements import Answer, no, unknown, yes

NAN, INF = math.nan, math.inf


def noisy(levels: Sequence[float] | np.ndarray, noise: float = 0.05, seed: int = 0) -> list[float]:
    return [float(v) for v in np.asarray(levels) + noise * np.random.default_rng(seed).normal(size=len(levels))]


def down(start: float, end: float, steps: int = 300) -> np.ndarray:
    return end + (start - end) * np.exp(-np.arange(steps) / (steps / 10))


def sgd(s: float, rate: float = 1.05, steps: int = 40) -> list[float]:
    """Plain descent on (w - s)**2 from 0."""
    w, losses = 0.0, []
    for _ in range(steps):
        losses.append((w - s) ** 2)
        w -= rate * 2 * (w - s)
    return losses


@pytest.mark.parametrize(
    ("losses", "first", "last"),
    [
        ([], None, None),
        ([3.0], 3.0, 3.0),
        ([4.0, 2.0], 3.0, 2.0),
        ([0.1, 4.0, 4.0, 4.0, 4.0] + [1.0] * 15, 4.0, 1.0),  # a lucky first batch
        ([9.0] * 5 + [5.0] * 970 + [1.0] * 25, 9.0, 3.0),  # at most 50 steps at the end
    ],
)
def test_the_ends_of_a_course(losses: Sequence[float], first: float | None, last: float | None) -> None:
    assert ends(losses) == (first, last)


@pytest.mark.parametrize(
    ("losses", "answer"),
    [
        (noisy(down(2.3, 0.1)), Answer.YES),
        (noisy(np.ones(300)), Answer.NO),
        (noisy(np.linspace(1, 2, 300)), Answer.NO),
        ([0.6931471] * 50 + [0.6931470] * 50, Answer.NO),  # rounding
        ([1.0, 0.5], Answer.UNKNOWN),
        ([1.0] * 20 + [NAN], Answer.UNKNOWN),
        ([-1.0 - 0.1 * k for k in range(50)], Answer.YES),
        ([1e30 * 0.5**k for k in range(20)] + [1.0] * 10, Answer.YES),  # no noise at its end: nothing overflows
    ],
)
@pytest.mark.filterwarnings("error")
def test_lower_than_at_its_start(losses: Sequence[float], answer: Answer) -> None:
    assert lower(losses).answer is answer


@pytest.mark.parametrize("s", [0.001, 1.0, 1000.0])
@pytest.mark.parametrize("steps", [10, 20, 200])
def test_a_rate_too_high_diverges_at_any_scale(s: float, steps: int) -> None:
    assert against_start(sgd(s, steps=steps)).no
    assert against_start(sgd(s, rate=0.3, steps=steps)).yes


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_verdict_is_free_of_scale(scale: float) -> None:
    rising = [scale * v for v in noisy(np.linspace(1, 3, 100), 0.2)]
    falling = [scale * v for v in noisy(down(1, 0.2, 100), 0.02)]
    assert bounded(rising).no and bounded(falling).yes
    assert bounded([v - 1000 * scale for v in sgd(scale, steps=200)]).no  # below zero


@pytest.mark.parametrize(
    ("losses", "constant", "answer"),
    [
        ([1.0] * 20, None, Answer.YES),
        (noisy(np.ones(200), 0.3), None, Answer.YES),
        ([0.69314] * 50 + [0.69316] * 50, None, Answer.YES),  # a plateau
        ([0.547, 0.9, 1.0, 1.1, 0.95, *noisy(np.ones(95), 0.1)], None, Answer.YES),  # a lucky first batch
        ([0.05, 0.9, 1.0, 1.1, 0.95, *noisy(np.ones(95), 0.1)], 0.9, Answer.YES),  # a luckier one
        (noisy(np.full(100, 0.01), 1.0, seed=2), None, Answer.YES),  # about zero, in its own noise
        ([1.0, 1.1, 1.0, 1.2, 5.0, 1.1, 3.0], None, Answer.UNKNOWN),  # too few steps to be sure
        # eight steps of stacked recurrent relus: the second is up at once, and so is the median of the first five
        ([0.697, 2.9e10, 5.2e10, 1.4e7, 2.3e7, 1.2e10, 5.5e8, 4.6e9], 0.693, Answer.NO),
        ([0.692, 1.5e13, 1.9e14, 1.1e15, 2.2e15, 4.2e8, 8.3e7, 5.4e7], None, Answer.NO),  # coming down, yet far from it
        ([0.7, 9.0, 7.0, 5.0, 3.0, 2.0, 1.2, 0.8], None, Answer.YES),  # a first rate too high that heals
        (
            [0.01, 1.0, 0.3, 5.0, 0.02, 2.0, 0.5, 3.0],
            None,
            Answer.UNKNOWN,
        ),  # a lucky first batch of a loss that wanders
        ([1.0] * 19 + [5.0] * 4, None, Answer.NO),
        ([0.02] * 20 + [0.3] * 20, None, Answer.NO),
        ([0.02] * 20 + [0.3] * 20, 0.69, Answer.YES),  # it still tells of the targets
        ([0.02] * 20 + [0.8] * 20, 0.69, Answer.NO),
        (noisy(-np.linspace(1, 50, 100)), None, Answer.YES),  # a likelihood that goes on falling
        (noisy(np.r_[-np.linspace(1, 5, 50), np.linspace(-5, 90, 50)]), None, Answer.NO),
        ([1.0] * 20 + [INF], None, Answer.NO),
        ([1.0] * 20 + [NAN], 3.0, Answer.NO),
        ([1.0], None, Answer.UNKNOWN),
        ([], None, Answer.UNKNOWN),
    ],
)
def test_against_its_own_start(losses: Sequence[float], constant: float | None, answer: Answer) -> None:
    assert against_start(losses, constant).answer is answer


def collapse(back: float, steps: int = 300) -> list[float]:
    """Down from 1 to 0, and `back` of the way back in the last fifth."""
    levels = down(1.0, 0.0, steps)
    levels[-steps // 5 :] = back
    return noisy(levels, 0.02)


def test_a_late_collapse_is_seen() -> None:
    said = against_best(collapse(0.4))
    assert said.no and said.figure == pytest.approx(0.4, abs=0.05) and "ends at" in said.why
    assert bounded(collapse(0.4)).no
    assert against_best(collapse(0.02)).yes
    assert against_best([1000 * v for v in collapse(0.4)]).no
    assert against_best([v - 50 for v in collapse(0.4)]).no


def test_what_does_not_count_as_a_collapse() -> None:
    swinging = noisy(np.r_[down(1.0, 0.1, 200), down(1.0, 0.1, 200), np.full(40, 0.8)], 0.02)
    assert (
        against_best(swinging).no
        and against_best(swinging, swings=True).unknown
        and bounded(swinging, swings=True).unknown
    )
    assert bounded([*swinging, INF], swings=True).no
    assert against_best(collapse(0.4)[:15]).unknown and against_best([1.0] * 30 + [NAN]).unknown
    loud = noisy(down(1.0, 0.8, 100), 1.0)
    assert against_best(loud).yes  # no way down that could be lost
    assert against_best(noisy(np.linspace(1, 2, 100))).yes


def test_rows_in_an_order_are_compared_by_epochs() -> None:
    epoch = np.r_[np.zeros(60), np.ones(60)]  # easy rows first
    losses = noisy(np.tile(epoch, 5) * 0.5 + down(1.0, 0.0, 600), 0.02)
    assert against_best(losses[:-60], period=120).yes and against_best(losses, period=120).yes
    assert against_best(losses, period=300).unknown


@pytest.mark.parametrize(
    ("end", "constant", "falling", "answer"),
    [
        (1.0, 1.0, no(), Answer.YES),
        (5.0, 1.0, no(), Answer.NO),
        (5.0, 1.0, yes(), Answer.YES),
        (5.0, 1.0, unknown(), Answer.UNKNOWN),
        (INF, 1.0, no(), Answer.NO),
        (5.0, None, no(), Answer.UNKNOWN),
        (5.0, -1.0, no(), Answer.UNKNOWN),
        (None, 1.0, no(), Answer.UNKNOWN),
    ],
)
def test_within_twice_the_constant(end: float | None, constant: float | None, falling: object, answer: Answer) -> None:
    assert within(end, constant, falling).answer is answer  # type: ignore[arg-type]


HALVING = noisy(1 + 4 * 0.5 ** (np.arange(300) / 75), 0.002)  # what is above 1 halves in each quarter


@pytest.mark.parametrize(
    ("losses", "level", "answer"),
    [
        (noisy(np.linspace(2, 1, 300)), 0.5, Answer.YES),
        (noisy(np.linspace(2, 1, 300)), -0.5, Answer.NO),  # too far off
        (noisy(np.ones(300)), 0.99, Answer.NO),
        (noisy(np.linspace(1, 2, 300)), 0.5, Answer.NO),
        (noisy(down(2, 1)), 0.9, Answer.NO),  # it has stopped
        ([1.0] * 100, 0.9, Answer.NO),
        (noisy(np.linspace(2, 1, 300)), None, Answer.YES),
        (noisy(np.linspace(1.05, 1, 300), 0.002), None, Answer.NO),  # too little to matter
        (HALVING, 1.04, Answer.YES),  # it goes on as it has come
        (HALVING, 0.96, Answer.NO),  # a straight line would end at 0.25
        (HALVING[::-1], 4.0, Answer.NO),
        ([5.0, 4.0, 3.0, 2.0], 1.0, Answer.YES),
        ([2.0, 1.0], 0.5, Answer.UNKNOWN),
        ([1.0] * 10 + [NAN], 0.5, Answer.UNKNOWN),
        (noisy(np.linspace(1, 0.95, 300), 0.5), 0.9, Answer.NO),  # noise
        (noisy(np.linspace(-1, -2, 300)), -2.5, Answer.YES),
    ],
)
def test_still_falling(losses: Sequence[float], level: float | None, answer: Answer) -> None:
    assert still_falling(losses, level).answer is answer


def test_a_pace_may_be_taken_to_stay_what_it_is() -> None:
    assert still_falling(HALVING, 0.96, slackens=False).yes and still_falling(HALVING, 0.1, slackens=False).no


def test_a_loss_that_falls_in_training_only_excuses_nothing() -> None:
    losses = noisy(np.linspace(1.5, 0.5, 300))
    assert still_falling(losses, 0.7, used=2.3).no
    assert still_falling(losses, 0.4, used=0.6).yes
    assert still_falling(losses, 0.4, used=2.3).no  # as used it is too far off


def thrown(times: float, steps: int = 40, first: float = 4.0) -> list[float]:
    """A first step of `first`, then a height that was made by the updates, from which the loss falls to so many times that."""
    return [first, *np.linspace(1e9, times * first, steps - 1)]


@pytest.mark.parametrize("steps", [40, 400])
def test_a_fall_from_a_height_that_the_training_has_made_is_no_excuse(steps: int) -> None:
    course = thrown(1e6, steps)
    said = still_falling(course, 4.0, constant=4.0, steps=steps)  # be it told that these are all steps, or not

    assert said == still_falling(course, 4.0, constant=4.0)
    assert said.no and said.why == "the loss began at 4: it falls from a height that the training has made itself"
    assert not still_falling(course, 4.0).no or steps == 400  # what was said before: too few steps
    assert within(4e6, 4.0, said).no


@pytest.mark.parametrize(
    "excused",
    [
        {"losses": [1e9, *thrown(1e6)[1:]], "constant": 4.0},  # raw targets begin as high
        {"losses": thrown(1e6), "constant": 1e7},  # a constant is as far off
        {"losses": thrown(1e6), "constant": None},  # nobody knows what a constant would cost
        {"losses": [-4.0, *thrown(1e6)[1:]], "constant": 4.0},  # a likelihood has no size
        {"losses": thrown(1e6), "constant": 4.0, "steps": 4000},  # of epochs the first one may hold that height
    ],
)
def test_what_began_high_may_fall_from_there(excused: dict[str, Any]) -> None:
    said = still_falling(level=4.0, **excused)
    assert said.why != "the loss began at 4: it falls from a height that the training has made itself"


@pytest.mark.parametrize(("times", "made"), [(1.9, False), (2.1, True)])
def test_how_high_that_is(times: float, made: bool) -> None:
    course = [4.0, *np.linspace(1e9, 1e8, 23), *np.linspace(4.0 * times + 1.0, 4.0 * times, 16)]
    assert ("has made itself" in still_falling(course, 4.0, constant=4.0).why) is made


STEPS = np.arange(400)


@pytest.mark.parametrize(
    ("losses", "answer"),
    [
        (noisy(20 - 3.0 * STEPS), Answer.YES),  # labels of 255 where 1 is the most
        (noisy(1 - 0.001 * STEPS**2), Answer.YES),
        (noisy(1 - 30 * (1 - np.exp(-STEPS / 40))), Answer.NO),  # a likelihood that comes to rest
        (noisy(1 - 3 * np.log1p(STEPS)), Answer.NO),  # or slows down
        (noisy(20 - 0.1 * STEPS), Answer.NO),  # as far below zero as it began above
        (noisy(down(20, 0.1, 400)), Answer.NO),
        (noisy(1 + 3.0 * STEPS), Answer.NO),
        (noisy(np.zeros(400)), Answer.NO),
        ([1.0 - k for k in range(10)], Answer.UNKNOWN),
        ([*noisy(20 - 3.0 * STEPS), -INF], Answer.UNKNOWN),
    ],
)
def test_falling_without_end(losses: Sequence[float], answer: Answer) -> None:
    assert endless(losses).answer is answer


def test_what_says_that_a_loss_falls_without_end() -> None:
    said = endless([20.0 - 3 * k for k in range(400)])
    assert said.figure == pytest.approx(20 - 3 * 379.5) and "-1118" in said.why or "-1119" in said.why


def test_four_steps_have_a_pace_and_three_have_none() -> None:
    assert still_falling([4.0, 3.0, 2.0, 1.0], 0.5).yes
    assert still_falling([3.0, 2.0, 1.0], 0.5).unknown


def test_epochs_of_a_long_training_have_not_only_begun() -> None:
    flat = noisy([1.0 - 0.001 * k for k in range(20)], 0.01)
    assert still_falling(flat, 0.1).unknown and still_falling(flat, 0.1, steps=700).no


def test_steps_in_which_nothing_counts_are_no_start() -> None:
    """Rows without a weight come first: their loss is exactly 0."""
    assert against_start([0.0] * 10 + noisy(down(3.0, 0.1), 0.01)).yes
    assert against_start([0.0] * 10 + [0.5]).unknown
    assert against_start([0.0] * 30).yes
    assert against_start([0.0] * 5 + [1.0 * 1.3**k for k in range(40)]).no


def test_a_noisy_loss_is_lower_by_its_trend() -> None:
    rng = np.random.default_rng(0)
    course = [float(v) for v in down(1.0, 0.78, 1200) + 0.2 * rng.normal(size=1200)]
    assert lower(course).yes and lower([float(v) for v in 1 + 0.25 * rng.normal(size=1200)]).no


@pytest.mark.parametrize(
    ("losses", "moves"),
    [
        ([9.0, 9.0, 9.0, 9.0, 4.0, 3.0, 2.0, 1.0], True),
        ([9.0, 8.0, 7.0, 6.0, 5.0, 5.0, 5.0, 5.0], False),  # it fell in the first half only
        ([1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0], False),
        ([9.0, 9.0, 9.0, 4.0, 3.0, 2.0, 1.0], True),  # four values are enough for a slope
        ([9.0, 9.0, 9.0, 3.0, 2.0, 1.0], False),  # three are not
        ([9.0, 9.0, 9.0, 9.0, 4.0, NAN, 2.0, 1.0], False),
        ([], False),
    ],
)
def test_a_loss_still_moves_down_in_its_second_half(losses: Sequence[float], moves: bool) -> None:
    assert moves_down(losses) is moves


def test_what_only_wavers_does_not_move_down() -> None:
    assert not moves_down(noisy(np.full(60, 1.0)))
    assert moves_down(noisy(np.linspace(2.0, 0.0, 60)))

"""Where a bounded course ends: of each family of courses the last that is one, and the first that is none."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from autostable.judgement.bounds import against_best, against_start, endless
from autostable.judgement.statements import Answer
from tests.judgement.borders import noise, turns_at

Array = NDArray[np.float64]
LEVELS = np.repeat(1.0, 400)


def jump(height: float, steps: int, loud: float = 0.3) -> Array:
    """From 1 to a height in the middle of a run."""
    return np.r_[LEVELS[: steps // 2], np.full(steps // 2, height)] + loud * noise(steps)


def leap(height: float, steps: int, loud: float = 0.4) -> Array:
    """From 1 to about a height with the first update."""
    return np.r_[1.0, height * (1 + loud * noise(steps - 1))]


def collapse(back: float, steps: int, loud: float) -> Array:
    """Down from 1 to 0 in the first half, and so far back up in the last quarter."""
    levels = np.r_[np.linspace(1, 0, steps // 2), np.zeros(steps // 4), np.full(steps // 4, back)]
    return levels + loud * noise(steps)


def wandering(end: float, first: int) -> Array:
    """A loss below zero that is at -1 in place of -9 for a tenth of its run, and ends where it is said."""
    levels = np.full(100, -9.0)
    levels[first : first + 10], levels[-20:] = -1.0, end
    return levels + 0.01 * noise(100)


@pytest.mark.parametrize(("course", "border"), [
    (lambda end: jump(end, 40), 3.590741),
    (lambda end: jump(end, 200), 3.100611),  # the end is of 50 steps here, at most
    (lambda end: leap(end, 8), 7.73837),
    (lambda end: leap(end, 19), 10.36347),
    (lambda end: np.r_[1.0, end * np.exp(noise(18))], 63.610635),
    (lambda end: np.r_[np.linspace(-1, -5, 20), np.linspace(-5, -1, 20), np.full(40, -3.0), np.full(20, end)]
        + 0.01 * noise(100), 8.388023),
    (lambda end: wandering(end, 40), -0.961455),  # what it did in its first half
    (lambda end: wandering(end, 50), -8.934971),  # and no later
])  # fmt: skip
def test_how_far_above_its_start_a_loss_may_end(course: Callable[[float], Array], border: float) -> None:
    assert turns_at(lambda end: against_start(course(end).tolist()).no, border)


@pytest.mark.parametrize(("course", "border"), [
    (lambda back: collapse(back, 300, 0.02), 0.478243),
    (lambda back: collapse(back, 300, 0.2), 0.592727),
    (lambda back: collapse(back, 40, 0.2), 1.482844),
    (lambda back: np.r_[np.full(5, back), np.zeros(60), np.full(30, back / 2)] + 0.2 * noise(95), 0.709141),
])  # fmt: skip
def test_how_much_may_be_given_back(course: Callable[[float], Array], border: float) -> None:
    assert turns_at(lambda back: against_best(course(back).tolist()).no, border)


@pytest.mark.parametrize(("course", "border"), [
    (lambda start: start - 0.1 * np.arange(400) + 0.5 * noise(400), 12.559016),
    (lambda pace: 5 - np.minimum(np.arange(400), 300 + (np.arange(400) - 300) * pace) + 0.5 * noise(400), 0.420137),
])  # fmt: skip
def test_what_has_no_floor(course: Callable[[float], Array], border: float) -> None:
    assert turns_at(lambda value: endless(course(value).tolist()).yes, border)


@pytest.mark.parametrize(("losses", "answer"), [
    ([], Answer.UNKNOWN),
    ([math.nan], Answer.UNKNOWN),
    ([1.0, math.nan], Answer.NO),
    ([0.0, 0.0, 1.0], Answer.UNKNOWN),
    ([1.0, 1.0], Answer.YES),
])  # fmt: skip
def test_two_steps_are_a_course(losses: list[float], answer: Answer) -> None:
    assert against_start(losses).answer is answer


def test_twenty_steps_have_a_best() -> None:
    courses = [[*LEVELS[:5], *np.zeros(steps - 10), *LEVELS[:5]] for steps in (19, 20)]
    assert [against_best(losses).answer for losses in courses] == [Answer.UNKNOWN, Answer.YES]
    assert [endless([1.0 - 3 * step for step in range(steps)]).answer for steps in (19, 20)] == [
        Answer.UNKNOWN,
        Answer.YES,
    ]


def test_four_epochs_have_a_best_and_three_have_none() -> None:
    losses = np.r_[
        LEVELS[:10], np.linspace(1, 0.5, 20), np.full(30, 0.3), np.zeros(30), np.full(30, 1.5)
    ] + 0.01 * noise(120)
    assert against_best(losses.tolist(), period=30).no
    assert against_best(losses[30:].tolist(), period=30).unknown

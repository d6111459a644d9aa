"""Where a course is no longer lower than at its start, or no longer falling: the last that is, and the first that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from autostable.judgement.course import Level, lower, moves_down, still_falling, surely_above
from autostable.judgement.statements import Answer
from tests.judgement.borders import noise, turns_at

Array = NDArray[np.float64]


def higher(start: float, first: int, steps: int) -> Array:
    """The first steps stand so much higher than the rest."""
    return np.r_[np.full(first, start), np.zeros(steps - first)] + noise(steps)


def blocks(steps: int) -> Array:
    """Noise that lasts for five steps."""
    return 0.3 * noise(steps) + np.repeat(0.5 * noise(steps // 5), 5)


@pytest.mark.parametrize(("course", "border"), [
    (lambda start: higher(start, 5, 60), 0.728547),
    (lambda start: higher(start, 5, 400), 0.685362),
    (lambda start: higher(start, 30, 300), 0.528141),
    (lambda start: higher(start, 75, 300), 0.467325),
    (lambda start: np.r_[np.full(75, start), np.zeros(225)] + blocks(300), 0.336593),
    (lambda start: np.r_[np.full(5, start), np.zeros(35)] + blocks(40), 2.708635),
    (lambda start: start * np.linspace(1, 0, 12) + 0.1 * noise(12), 0.208245),
    (lambda start: np.r_[np.full(75, start), np.zeros(75), np.zeros(150)]
        + np.r_[2 * noise(75), 2 * noise(75), 0.1 * noise(150)], 0.718152),
    # without any noise it is what float32 keeps
    (lambda start: np.r_[np.full(30, 1 + start * 1e-6), np.ones(30)], 1.0),
])  # fmt: skip
def test_how_far_a_loss_must_have_come_down(course: Callable[[float], Array], border: float) -> None:
    assert turns_at(lambda start: lower(course(start).tolist()).yes, border)


def test_levels_differ_by_more_than_rounding() -> None:
    assert turns_at(lambda rise: surely_above(Level(1 + rise * 1e-6, 0.0, 9), Level(1.0, 0.0, 9)), 1.0)


def test_ten_steps_have_come_down_or_not() -> None:
    losses = [3.0, 2.5, 2.0, 1.5, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
    assert [lower(losses[:steps]).answer for steps in (9, 10)] == [Answer.UNKNOWN, Answer.YES]


def late(pace: float, steps: int, last: int) -> Array:
    """Flat at 1, and falling in the last steps."""
    levels = np.ones(steps)
    levels[-last:] -= pace * np.arange(1, last + 1)
    return levels + 0.02 * noise(steps)


@pytest.mark.parametrize(("steps", "last", "border"), [
    (40, 16, 0.008277),
    (40, 20, 0.00773),
    (40, 12, 0.009932),
    (20, 10, 0.016335),  # of a short run the pace is that of its last half
    (28, 14, 0.012035),
    (400, 100, 0.000994),  # of a long one that of its last quarter
])  # fmt: skip
def test_how_fast_a_loss_must_fall(steps: int, last: int, border: float) -> None:
    assert turns_at(lambda pace: still_falling(late(pace, steps, last).tolist(), 0.5).yes, border)


def test_a_run_that_falls_to_the_end_goes_on_at_its_pace() -> None:
    assert turns_at(lambda pace: still_falling(late(pace, 80, 30).tolist(), 0.3).yes, 0.006096)
    assert turns_at(lambda pace: still_falling(late(pace, 60, 60).tolist(), 0.2).yes, 0.007947)


def slackening(half: float, steps: int = 300) -> Array:
    """What is above 1 halves in so many steps."""
    return 1 + 4 * 0.5 ** (np.arange(steps) / half) + 0.002 * noise(steps)


@pytest.mark.parametrize(("course", "border", "told"), [
    (slackening(75), 0.999763, {}),
    (slackening(40), 0.995479, {}),
    (slackening(75, 600), 0.996479, {}),
    (np.linspace(2, 1, 300) + 0.01 * noise(300), 0.215583, {"used": 1.2}),
    (np.linspace(2, 1, 300) + 0.01 * noise(300), -0.035255, {"slackens": False}),
])  # fmt: skip
def test_how_low_a_loss_will_get(course: Array, border: float, told: dict[str, Any]) -> None:
    assert turns_at(lambda level: still_falling(course.tolist(), level, **told).yes, border)


def test_what_falls_in_a_hundred_steps_has_not_only_begun() -> None:
    answers = [still_falling((1 - 0.001 * np.arange(steps) + noise(steps)).tolist(), 0.0).answer for steps in (99, 100)]
    assert answers == [Answer.UNKNOWN, Answer.NO]
    epochs = (1 - 0.001 * np.arange(20) + noise(20)).tolist()
    assert [still_falling(epochs, 0.0, steps=steps).answer for steps in (99, 100)] == [Answer.UNKNOWN, Answer.NO]


@pytest.mark.parametrize(("steps", "border"), [(300, 0.982462), (30, 0.171663), (10, 0.028855)])
def test_how_loud_a_loss_may_be_that_moves_down(steps: int, border: float) -> None:
    assert turns_at(lambda loud: moves_down((np.linspace(2, 1, steps) + loud * noise(steps)).tolist()), border)


def test_what_turns_in_its_second_half_moves_down_till_then() -> None:
    assert turns_at(
        lambda pace: moves_down((1 - pace * 1e-9 * np.arange(60)).tolist()), 7.19059
    )  # float32 keeps no less
    courses = [np.r_[np.linspace(5, 0, turn), np.linspace(0, 2, 100 - turn)].tolist() for turn in (90, 91)]
    assert [moves_down(course) for course in courses] == [False, True]

"""What one constant prediction gets."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autostable.judgement import dummy
from autostable.judgement.statements import Answer

y = np.array([0.0, 0.0, 1.0, 3.0])


@pytest.mark.parametrize(
    ("loss", "labels", "expected"),
    [
        ("mse", y, 1.5),
        ("mean_squared_error", y, 1.5),
        ("mae", y, 1.0),
        ("huber", y, (0.125 * 3 + 2.0) / 4),
        ("mean_squared_logarithmic_error", np.exp([0.0, 2.0]) - 1, 1.0),
        ("binary_crossentropy", [0, 1], math.log(2)),
        ("binary_crossentropy", [0, 2], None),
        ("categorical_crossentropy", np.eye(3), math.log(3)),
        ("categorical_crossentropy", [[1.0], [1.0]], None),
        ("sparse_categorical_crossentropy", [0, 1, 2, 3], math.log(4)),
        ("poisson", [1.0, 1.0], 1.0),
        ("poisson", [-1.0, 1.0], None),
        ("mse", [1.0, math.nan], None),
        ("mse", [], None),
        ("mse", ["a"], None),
        ("custom", y, None),
        (None, y, None),
    ],
)
def test_by_formula(loss: str | None, labels: object, expected: float | None) -> None:
    assert dummy.constant_loss(loss, labels) == (None if expected is None else pytest.approx(expected, abs=1e-6))


def test_chance() -> None:
    assert dummy.chance_loss("binary_crossentropy", None) == pytest.approx(math.log(2))
    assert dummy.chance_loss("sparse_categorical_crossentropy", 5) == pytest.approx(math.log(5))
    assert dummy.chance_loss("mse", 5) is None


def test_the_mean_is_found_from_afar() -> None:
    found = dummy.best_constant(lambda c: float(np.mean((y - c[0]) ** 2)), [np.zeros(1)])
    assert found == pytest.approx(1.5, abs=1e-4)


def test_a_quantile_is_found_from_mean_and_median() -> None:
    t = np.random.default_rng(0).exponential(size=500)
    loss = lambda c: float(np.mean(np.maximum(0.95 * (t - c[0]), -0.05 * (t - c[0]))))  # noqa: E731
    found = dummy.best_constant(loss, [np.array([t.mean()]), np.array([np.median(t)])])
    assert found == pytest.approx(loss([np.quantile(t, 0.95)]), rel=1e-3)


def test_logits_of_three_classes() -> None:
    share = np.array([0.7, 0.2, 0.1])

    def loss(c: np.ndarray) -> float:
        return float(-(share @ (c - np.log(np.exp(c).sum()))))

    found = dummy.best_constant(loss, [np.zeros(3), share])
    assert found == pytest.approx(-(share @ np.log(share)), abs=0.01)


@pytest.mark.parametrize("columns", [1, 3, 100])
def test_no_more_calls_than_allowed(columns: int) -> None:
    calls = []

    def loss(c: np.ndarray) -> float:
        calls.append(c)
        return float(np.sum((c - 1e3) ** 2))

    dummy.best_constant(loss, [np.zeros(columns), np.ones(columns)], evaluations=25)
    assert len(calls) == 25


def test_a_search_that_has_arrived_stops() -> None:
    calls = []
    dummy.best_constant(lambda c: calls.append(c) or float(c[0] ** 2), [np.zeros(1)], evaluations=1000)
    assert len(calls) < 40


def test_values_that_are_not_finite_are_passed_over() -> None:
    loss = lambda c: math.nan if c[0] <= 0 else float(c[0] - math.log(c[0]))  # noqa: E731
    assert dummy.best_constant(loss, [np.array([-1.0]), np.array([3.0])]) == pytest.approx(1.0, abs=1e-3)
    assert dummy.best_constant(lambda c: math.nan, [np.zeros(1)]) is None
    assert dummy.best_constant(lambda c: 1.0, []) is None


@pytest.mark.parametrize(
    ("loss", "constant", "skill", "answer"),
    [
        (0.5, 1.0, 0.5, Answer.YES),
        (1.0, 1.0, 0.0, Answer.NO),
        (2.0, 1.0, -1.0, Answer.NO),
        (-2.0, -1.0, None, Answer.YES),  # a likelihood
        (-0.5, -1.0, None, Answer.NO),
        (0.5, None, None, Answer.UNKNOWN),
        (None, 1.0, None, Answer.UNKNOWN),
        (0.5, 0.0, None, Answer.UNKNOWN),
        (math.nan, 1.0, None, Answer.UNKNOWN),
        (math.inf, 1.0, -math.inf, Answer.NO),
    ],
)
def test_skill(loss: float | None, constant: float | None, skill: float | None, answer: Answer) -> None:
    assert dummy.skill(loss, constant) == skill
    assert dummy.statement(loss, constant).answer is answer


@pytest.mark.parametrize(("loss", "labels", "expected"), [
    ("binary_crossentropy", [[0.0], [0.0]], 1e-7 * (1 - math.log(1e-7))),  # as Keras clips a share of 0
    ("poisson", [[0.0], [0.0]], 1e-7),
    ("huber", [[0.0], [0.0], [1.5]], 1.0 / 3),  # beyond 1 it is a line
    ("huber", [[0.0], [0.0], [0.5]], 0.125 / 3),
    ("categorical_crossentropy", [[1.0, 0.0], [0.0, 1.0]], math.log(2)),
    ("categorical_crossentropy", [[1.0], [1.0]], None),  # one class
])  # fmt: skip
def test_constants_by_formula_at_their_borders(loss: str, labels: list[list[float]], expected: float | None) -> None:
    assert dummy.constant_loss(loss, np.array(labels)) == (
        None if expected is None else pytest.approx(expected, rel=1e-3)
    )


def test_two_classes_have_a_chance_and_one_has_none() -> None:
    assert dummy.chance_loss("sparse_categorical_crossentropy", 1) is None
    assert dummy.chance_loss("sparse_categorical_crossentropy", 2) == pytest.approx(math.log(2))


def calls_until(goal: float, starts: list[float], most: int) -> int:
    """Calls after which a constant is found that is just right."""
    for count in range(1, most):
        if (
            dummy.best_constant(
                lambda at: abs(float(at[0]) - goal), [np.array([at]) for at in starts], evaluations=count
            )
            == 0
        ):
            return count
    return most


@pytest.mark.parametrize(("goal", "starts", "calls"), [
    (1.5, [0.0, 1.0], 3),  # half of what the starts differ by
    (0.05, [0.0], 2),  # of a single 0 half of a tenth
    (1024.5, [0.0, 1.0], 13),  # twice as far each time that it is better
    (1.125, [0.0, 1.0], 5),  # half as far, and the other way, each time that it is not
])  # fmt: skip
def test_how_far_the_search_goes_with_each_step(goal: float, starts: list[float], calls: int) -> None:
    assert calls_until(goal, starts, 40) == calls


def test_a_search_ends_after_its_halvings_or_its_calls() -> None:
    """Its first strides are halved fourteen times; one that never arrives has sixty calls."""
    calls: list[float] = []
    dummy.best_constant(lambda at: calls.append(0.0) or abs(float(at[0])), [np.zeros(1)])
    assert len(calls) == 1 + 14
    calls.clear()
    dummy.best_constant(lambda at: calls.append(0.0) or -float(at[0]), [np.zeros(1)])
    assert len(calls) == 60


@pytest.mark.parametrize(("columns", "alone"), [(8, True), (9, False)])
def test_wide_outputs_are_moved_as_a_whole(columns: int, alone: bool) -> None:
    goal = np.zeros(columns)
    goal[0] = 0.05
    found = dummy.best_constant(lambda at: float(np.abs(at - goal).sum()), [np.zeros(columns)])
    assert (found == pytest.approx(0.0, abs=1e-9)) is alone

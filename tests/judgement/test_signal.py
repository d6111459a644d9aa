"""The permutation test: what it gives, how often it calls, what it says."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from autostable.judgement import signal
from autostable.judgement.signal import Signal, Still, permutation
from autostable.judgement.statements import Answer, no, unknown, yes

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def drawn_anew() -> None:
    """The same numbers in whatever order the tests are run."""
    globals()["rng"] = np.random.default_rng(1)


class Counted:
    """Mean squared error on reordered targets, and how often it was asked for."""

    def __init__(self, outputs: np.ndarray, targets: np.ndarray) -> None:
        self.outputs, self.targets, self.calls = outputs, targets, 0

    def __call__(self, order: np.ndarray) -> float:
        self.calls += 1
        return float(np.mean((self.targets[order] - self.outputs) ** 2))


def test_the_figures() -> None:
    y = rng.normal(size=500)
    loss = Counted(0.5 * y, y)
    found = permutation(loss, 500, shuffles=40, seed=3)
    drawn = np.random.default_rng(3)
    shuffled = [float(np.mean((y[drawn.permutation(500)] - 0.5 * y) ** 2)) for _ in range(40)]
    assert loss.calls == 41
    assert found.true == pytest.approx(np.mean((0.5 * y) ** 2))
    assert found.mean == pytest.approx(np.mean(shuffled)) and found.spread == pytest.approx(np.std(shuffled))
    assert found.z == pytest.approx((found.mean - found.true) / found.spread)
    assert found.p == pytest.approx(1 / 41) and (found.rows, found.shuffles) == (500, 40)
    assert not found.exact and not found.moves_nothing and found.passes
    assert permutation(loss, 500, shuffles=40, seed=3) == found


def test_seven_rows_are_gone_through() -> None:
    y = np.arange(7.0)
    loss = Counted(y, y)
    found = permutation(loss, 7)
    assert loss.calls == math.factorial(7)
    assert found.exact and found.p == pytest.approx(1 / 5040) and found.passes


def test_an_exact_test_stops_when_it_cannot_pass() -> None:
    y = np.arange(7.0)
    loss = Counted(y[::-1].copy(), y)
    found = permutation(loss, 7)
    assert loss.calls == 31 and found.p > 0.5 and not found.passes
    assert signal.statement(found).answer is Answer.NO


@pytest.mark.parametrize("rows", [2, 3, 4, 5, 6])
def test_of_so_few_rows_nothing_can_be_told(rows: int) -> None:
    y = np.arange(float(rows))
    loss = Counted(y, y)
    found = permutation(loss, rows)
    assert signal.statement(found).answer is Answer.UNKNOWN
    assert loss.calls <= 31


def test_seven_rows_of_two_classes_are_too_few() -> None:
    y = np.array([0.0, 1, 0, 1, 0, 1, 1])
    best = signal.of_perfect_predictions(y)
    found = permutation(Counted(y, y), 7)
    assert not found.passes and signal.statement(found, best=best).answer is Answer.UNKNOWN


def test_what_does_not_move_is_left_early() -> None:
    loss = Counted(np.full(100, 0.3), rng.normal(size=100))
    found = permutation(loss, 100)
    assert found.moves_nothing and found.z == 0.0 and loss.calls == 6


def test_rounding_is_no_movement() -> None:
    noise = np.random.default_rng(0)
    found = permutation(lambda order: 0.7 * (1 + 1e-7 * noise.normal()), 100)
    assert found.moves_nothing


def test_losses_that_are_not_finite_are_left_out() -> None:
    y = rng.normal(size=50)
    calls = iter(range(100))
    found = permutation(lambda order: math.nan if next(calls) % 3 == 2 else float(np.mean((y[order] - y) ** 2)), 50)
    assert found.shuffles == 20 and found.z > 3
    blank = permutation(lambda order: 1.0 if (order == np.arange(50)).all() else math.nan, 50)
    assert math.isnan(blank.z) and signal.statement(blank).answer is Answer.UNKNOWN
    bad = permutation(lambda order: math.inf, 50)
    assert signal.statement(bad).answer is Answer.UNKNOWN and signal.blind(bad, None).unknown
    assert signal.statement(permutation(lambda order: 1.0, 1)).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("constant", "reads", "differ", "why", "says", "is_blind"),
    [
        (True, True, True, Still.CONSTANT_OUTPUT, Answer.NO, Answer.NO),
        (True, False, True, Still.CONSTANT_OUTPUT, Answer.NO, Answer.NO),
        (False, False, True, Still.LOSS_READS_NO_TARGETS, Answer.UNKNOWN, Answer.NO),
        (False, True, True, Still.BLIND_LOSS, Answer.UNKNOWN, Answer.YES),
        (False, True, False, Still.EQUAL_TARGETS, Answer.UNKNOWN, Answer.NO),
        (True, True, False, Still.EQUAL_TARGETS, Answer.UNKNOWN, Answer.NO),
    ],
)
def test_why_nothing_moves(
    constant: bool, reads: bool, differ: bool, why: Still, says: Answer, is_blind: Answer
) -> None:
    assert signal.why_it_does_not_move(constant, reads, differ) is why
    found = permutation(lambda order: 1.0, 100)
    assert signal.statement(found, still=why).answer is says
    assert signal.blind(found, why).answer is is_blind


def test_why_nothing_moves_may_be_unknown() -> None:
    found = permutation(lambda order: 1.0, 100)
    assert signal.statement(found).answer is Answer.UNKNOWN and signal.blind(found, None).answer is Answer.UNKNOWN


def of(z: float) -> Signal:
    return Signal(1.0, 2.0, 0.1, z, 0.03, 2000, 30)


@pytest.mark.parametrize(
    ("z", "best", "answer"),
    [
        (10.0, None, Answer.YES),
        (10.0, 1.0, Answer.YES),
        (1.0, None, Answer.NO),
        (1.0, 20.0, Answer.NO),
        (1.0, 2.0, Answer.UNKNOWN),
        (-16.0, 20.0, Answer.NO),
    ],
)
def test_what_is_said(z: float, best: float | None, answer: Answer) -> None:
    said = signal.statement(of(z), best=None if best is None else of(best))
    assert said.answer is answer and said.figure == z


@pytest.mark.parametrize(
    ("said", "lower", "skill", "answer"),
    [
        (yes(9.0), yes(), yes(), Answer.YES),
        (yes(9.0), yes(), no(), Answer.YES),
        (yes(9.0), no(), no(), Answer.NO),  # a network that was never trained
        (yes(9.0), no(), unknown(), Answer.NO),
        (yes(9.0), no(), yes(), Answer.YES),  # one that had learnt before
        (yes(9.0), unknown(), no(), Answer.YES),
        (no(1.0), yes(), yes(), Answer.NO),
        (unknown(), no(), no(), Answer.UNKNOWN),
        (no(-9.7), yes(), yes(0.08), Answer.UNKNOWN),  # events sorted by time
        (no(-9.7), yes(), yes(0.045), Answer.NO),  # a constant, but for rounding
        (no(-9.7), yes(), yes(), Answer.NO),
        (no(-9.7), yes(), no(-0.08), Answer.NO),
        (no(-3.0), yes(), yes(0.5), Answer.NO),
        (no(-4.0), yes(), yes(0.5), Answer.UNKNOWN),
    ],
)
def test_what_was_learnt(said: object, lower: object, skill: object, answer: Answer) -> None:
    assert signal.learnt(said, lower, skill).answer is answer  # type: ignore[arg-type]


def asked(loss: Callable[[NDArray[np.int64]], float], rows: int, **given: int) -> tuple[Signal, int]:
    """What the test says, and how often it has asked for the loss."""
    calls = []
    found = permutation(lambda order: calls.append(order) or loss(order), rows, **given)
    return found, len(calls)


def first(order: NDArray[np.int64]) -> float:
    """A loss that is least on the true pairs, and another for each order."""
    return 1.0 + float(order[0]) + float(order[1]) / 100


def test_seven_rows_are_gone_through_and_eight_are_not() -> None:
    assert [permutation(first, rows).exact for rows in (7, 8)] == [True, False]
    six, seven = (signal.statement(permutation(lambda order: 1.0 - (order[0] == 0), rows)) for rows in (6, 7))
    assert six.unknown and six.why == "6 rows are too few" and seven.no


def test_how_often_a_loss_is_asked_for() -> None:
    assert asked(first, 50)[1] == 1 + 30
    assert asked(lambda order: 1.0, 50)[1] == 1 + 5  # what does not move in five shuffles does not move
    assert signal.of_perfect_predictions(np.arange(50.0)).shuffles == 30


@pytest.mark.parametrize(("share", "moves"), [(0.9e-6, False), (1.1e-6, True)])
def test_a_loss_moves_where_it_does_by_more_than_float32_keeps(share: float, moves: bool) -> None:
    found = permutation(lambda order: 1.0 + share * (order[0] != 0), 500)
    assert found.moves_nothing is not moves
    assert signal.same(1.0 + share, 1.0) is not moves


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("finite", "told"), [(4, False), (5, True)])
def test_five_losses_that_are_finite_have_a_spread(finite: int, told: bool) -> None:
    left = [1.0] + [2.0 + k for k in range(finite)]
    found = permutation(lambda order: left.pop(0) if left else math.nan, 50)
    assert math.isfinite(found.z) is told and (told or found.p == 1.0)


@pytest.mark.filterwarnings("error")
def test_the_fewest_orders_that_tell_anything() -> None:
    assert permutation(first, 2).z > 0  # the other order of two rows
    assert math.isnan(permutation(first, 20, shuffles=0).z) and permutation(first, 20, shuffles=1).z > 0
    left = [1.0]
    none = permutation(lambda order: left.pop(0) if left else math.nan, 3)
    assert (none.shuffles, none.p) == (0, 1.0) and math.isnan(none.z)
    assert permutation(lambda order: math.nan, 20).p == 1.0

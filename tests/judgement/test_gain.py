"""Whether a plan changes the state of a training."""

from __future__ import annotations

import math

import pytest

from autostable.judgement.gain import Measured, Score, Unit, as_good, changes_state, gain, got_worse
from autostable.judgement.statements import Answer, Statement, no, unknown, yes

ONE = Unit(constant=1.0)


@pytest.mark.parametrize(
    ("before", "after", "unit", "expected"),
    [
        (Score(2.0), Score(1.0), Unit(4.0), 0.25),
        (Score(1.0), Score(2.0), Unit(4.0), -0.25),
        (Score(math.nan), Score(1.0), ONE, math.inf),
        (Score(1.0), Score(math.inf), ONE, -math.inf),
        (Score(2.0, 0.1), Score(1.0, 0.4), Unit(4.0, same_loss=False), 0.3),
        (Score(2.0, 0.1), Score(1.0, 0.4), Unit(-4.0, reference=0.6), 0.5),
        (Score(2.0), Score(1.0), Unit(None), None),
        (Score(2.0, 0.1), Score(1.0), Unit(None), None),
        (Score(None, 0.1), Score(1.0, 0.2), ONE, 0.1),
        (Score(-400.0, None, 0.0), Score(0.1, None, 0.7), Unit(-640.0, same_loss=False), 0.7),  # masks of 255, and of 1
        (Score(2.0, 0.7, value=0.4), Score(1.0, 0.7, value=0.8), Unit(4.0, in_figures=True), 0.4),  # a map that was off
        (Score(2.0, 0.7, value=0.4), Score(1.0, 0.9), Unit(None, in_figures=True), 0.2),
        (Score(2.0, 0.7, value=0.4), Score(1.0, 0.7, value=0.8), Unit(4.0), 0.25),
        (Score(-400.0, None, None), Score(0.1, None, 0.7), Unit(-640.0, same_loss=False), None),
    ],
)
def test_gain(before: Score, after: Score, unit: Unit, expected: float | None) -> None:
    assert gain(before, after, unit) == (None if expected is None else pytest.approx(expected))


def of(trained: float, unseen: float | None = None) -> Measured:
    return Measured(Score(trained), None if unseen is None else Score(unseen))


@pytest.mark.parametrize(
    ("baseline", "plan", "holds", "was_bounded", "vouched", "answer"),
    [
        (of(1.0, 1.0), of(0.5, 0.5), yes(), True, False, Answer.YES),
        (of(1.0, 1.0), of(0.5, 0.5), no(), True, False, Answer.NO),
        (of(1.0, 1.0), of(0.5, 0.5), unknown(), True, False, Answer.UNKNOWN),
        (of(1.0, 1.0), of(0.2, 0.97), yes(), True, True, Answer.NO),  # better in training only
        (of(0.7, 0.7), of(0.1, 1.3), yes(), True, True, Answer.NO),  # worse unseen
        (of(9.0, 1.0), of(1.0, 1.3), yes(), False, True, Answer.NO),
        (of(1.0), of(0.5), yes(), True, True, Answer.YES),
        (of(1.0), of(0.95), yes(), True, True, Answer.NO),
        (of(1.0), of(0.5), yes(), True, False, Answer.UNKNOWN),  # twins would tell
        (of(math.nan), of(1.0), yes(), False, False, Answer.YES),  # bounded again, nothing to be learnt
        (Measured(), Measured(), yes(), True, True, Answer.YES),  # a step of which only the signal is known
        (Measured(), Measured(), yes(), True, False, Answer.UNKNOWN),
    ],
)
def test_a_cure(
    baseline: Measured, plan: Measured, holds: Statement, was_bounded: bool, vouched: bool, answer: Answer
) -> None:
    said = changes_state(baseline, plan, ONE, holds=holds, was_bounded=was_bounded, vouched=vouched)
    assert said.answer is answer


def test_worse_on_unseen_rows() -> None:
    assert got_worse(of(1, 1.0), of(1, 1.2), ONE) and not got_worse(of(1, 1.0), of(1, 1.01), ONE)
    assert not got_worse(of(1), of(9), ONE) and not got_worse(of(1, 1), of(9), ONE)


def test_ties() -> None:
    assert as_good(of(9, 0.52), of(0, 0.5), ONE) and not as_good(of(0, 0.6), of(9, 0.5), ONE)
    assert as_good(of(0.52), of(0.5), ONE) and as_good(of(0.2), of(0.5), ONE)
    assert not as_good(Measured(), Measured(), ONE)

"""Whether an output can give what the targets ask for, and when a plan has cured one that could not."""

from __future__ import annotations

import dataclasses

import pytest

from autostable.judgement import cure, output
from autostable.judgement.output import Seen
from autostable.judgement.signal import Signal
from autostable.judgement.statements import Statement, no, unknown, yes
from autostable.judgement.verdict import Reason, Statements
from autostable.records import Learning

SHOWN = Signal(1.0, 2.0, 0.1, 30.0, 1e-9, 2000, 30, False)


def told(floor: float | None, constant: float | None) -> Statement:
    seen = Seen(2000, 0.65, SHOWN, constant=constant, floor=floor)
    return output.statements(seen, [1.0] * 40 + [0.65] * 40, bounded=yes()).fits


@pytest.mark.parametrize(
    ("floor", "constant", "answer"),
    [
        (0.59, 1.0, no(0.59)), (0.09, 1.0, yes(0.09)), (0.11, 1.0, no(0.11)), (0.0, 1.0, yes(0.0)),
        (11.0, 100.0, no(0.11)), (None, 1.0, unknown()), (0.5, None, unknown()), (0.5, 0.0, unknown()),
    ],
)  # fmt: skip
def test_the_best_that_an_output_can_give_is_measured_by_a_constant(
    floor: float | None, constant: float | None, answer: Statement
) -> None:
    assert dataclasses.replace(told(floor, constant), why="") == answer


@pytest.mark.parametrize(
    ("under", "held"),
    [(Statements(fits=no(0.5), skill=yes()), no(0.5)), (Statements(fits=yes(), skill=yes(0.9)), yes(0.9)),
     (Statements(fits=unknown(), skill=no()), no())],
)  # fmt: skip
def test_a_plan_has_to_bring_the_targets_within_reach(under: Statements, held: Statement) -> None:
    assert cure.held(Reason.OUT_OF_REACH, under) == held


def test_nobody_need_vouch_for_what_is_out_of_reach() -> None:
    before = Learning("suspect", "out-of-reach", loss=0.65, constant=1.0, calibrated=0.4)
    after = Learning("healthy", "learnt", loss=0.05, constant=1.0, calibrated=0.95)
    assert cure.between(before, after, same_loss=True).yes
    assert cure.between(dataclasses.replace(before, reason="short-reach"), after, same_loss=True).unknown

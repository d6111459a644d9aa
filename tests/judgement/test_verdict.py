"""The table, row by row."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from autostable.judgement.statements import no, unknown, yes
from autostable.judgement.verdict import (
    Goal,
    Judgement,
    Reason,
    State,
    Statements,
    judge,
    reason_of,
    state,
    state_of,
    words,
)

NAMES = ["finite", "bounded", "endless", "within", "blind", "signal", "skill", "finds", "reach", "peers", "parts", "fits",
         "used", "falling", "unseen"]  # fmt: skip
Y, N, U = yes(), no(), unknown()
GOOD = Statements(finite=Y, bounded=Y, within=Y, blind=N, signal=Y, skill=Y, finds=Y, reach=Y, falling=N, unseen=Y)
UNTOLD = Statements(finite=Y, bounded=Y)


def but(base: Statements = GOOD, **changes: Any) -> Statements:
    return dataclasses.replace(base, **changes)


# fmt: off
@pytest.mark.parametrize(("statements", "reason"), [
    (GOOD, Reason.LEARNT),
    (but(finite=N, bounded=N), Reason.NOT_FINITE),
    (but(bounded=N, within=N), Reason.NOT_BOUNDED),
    (but(within=N), Reason.ABOVE_CONSTANT),
    (but(endless=Y, plain_fault=True), Reason.ENDLESS),                       # labels of 255 where 1 is the most
    (but(endless=Y), Reason.LEARNT),                                          # a likelihood that is not at rest yet
    (but(blind=Y, signal=U), Reason.BLIND_LOSS),
    (but(one_class=True, signal=U), Reason.ONE_CLASS),
    (but(cut=True), Reason.CUT),                                              # however well it has learnt the others
    (but(turned=True), Reason.TURNED),                                        # the better it has learnt the worse
    (but(beyond=True), Reason.BEYOND),
    (but(one_sided=True), Reason.ONE_SIDED),
    (but(copies=True), Reason.COPIES),                                        # the loss is 0, and nothing is foretold
    (but(astray=True), Reason.ASTRAY),                                        # well learnt, and useless for such rows
    (but(lost=True), Reason.LOST_IN_USE),
    (but(signal=N), Reason.NO_SIGNAL),
    (but(signal=N, finds=U), Reason.NO_SIGNAL),
    (but(signal=N, falling=Y), Reason.STILL_FALLING),
    (but(signal=N, falling=U), Reason.UNDECIDED),
    (but(signal=N, constant_output=True), Reason.NO_SIGNAL),
    (but(skill=N), Reason.NO_SKILL),
    (but(skill=N, signal=U), Reason.NO_SKILL),
    (but(skill=N, falling=Y), Reason.STILL_FALLING),
    (but(signal=N, finds=N), Reason.NOTHING_TO_FIND),
    (but(skill=N, finds=N, reach=U), Reason.NOTHING_TO_FIND),
    (but(signal=N, finds=N, falling=Y), Reason.NOTHING_TO_FIND),
    (but(signal=N, finds=N, plain_fault=True), Reason.FAULT),
    (but(skill=N, finds=N, constant_output=True), Reason.FAULT),
    (but(signal=U, skill=U, finds=N, reach=U), Reason.NOTHING_TO_FIND),
    (but(signal=U, skill=Y, finds=N, reach=U), Reason.LEARNT),                # four rows of XOR
    (but(signal=Y, skill=Y, finds=N, reach=U), Reason.LEARNT),
    (but(signal=U, skill=yes(0.01), finds=N, reach=U), Reason.NOTHING_TO_FIND),
    (but(signal=U, skill=yes(0.01), finds=U, reach=U), Reason.ONLY_BOUNDED),
    (but(signal=Y, skill=Y, finds=N, reach=U, plain_fault=True), Reason.LEARNT),  # a warning
    (but(skill=N, finds=U, reach=U), Reason.SKILL_IN_DOUBT),
    (but(skill=N, finds=U, reach=U, signal=U), Reason.ONLY_BOUNDED),          # a DQN
    (but(skill=N, finds=U, reach=U, falling=Y), Reason.STILL_FALLING),
    (but(reach=N), Reason.SHORT_REACH),
    (but(reach=N, signal=U), Reason.SHORT_REACH),
    (but(reach=N, still=True, falling=U), Reason.STANDS_STILL),               # a loss without a slope
    (but(peers=N), Reason.SHORT_OF_PEERS),
    (but(peers=N, falling=Y), Reason.STILL_FALLING),
    (but(reach=no(0.05), skill=yes(0.05)), Reason.NO_SKILL),                  # ids that are taken for numbers
    (but(reach=no(0.05), skill=yes(0.15)), Reason.SHORT_REACH),
    (but(reach=no(0.15), skill=yes(0.05)), Reason.SHORT_REACH),
    (but(reach=no(0.05), skill=yes(0.05), falling=Y), Reason.STILL_FALLING),
    (but(partial=True, contradiction=True, plain_fault=True), Reason.PARTLY),
    (but(partial=True, plain_fault=True), Reason.LEARNT),                     # raw inputs, and a warning
    (but(contradiction=True, plain_fault=True), Reason.LEARNT),
    (but(partial=True, contradiction=True, unseen=N), Reason.PARTLY),
    (but(peeks=True), Reason.PEEKS),                                          # as good as it looks in training
    (but(copied=True), Reason.COPIED_UNITS),
    (but(copied=True, unseen=N), Reason.COPIED_UNITS),
    (but(copied=True, signal=N), Reason.NO_SIGNAL),
    (but(UNTOLD, copied=True), Reason.ONLY_BOUNDED),
    (but(parts=N), Reason.PART_MISSED),
    (but(parts=N, falling=Y), Reason.STILL_FALLING),
    (but(parts=U), Reason.LEARNT),
    (but(parts=N, reach=N), Reason.SHORT_REACH),
    (but(fits=N, falling=Y), Reason.OUT_OF_REACH),                            # falling on does not help
    (but(fits=N, reach=N), Reason.SHORT_REACH),
    (but(fits=no(2.1), signal=N, falling=U), Reason.ABOVE_CONSTANT),          # at its best it will be
    (but(fits=no(1.9), signal=N, falling=U), Reason.UNDECIDED),
    (but(used=N, falling=Y), Reason.WORSE_AS_USED),
    (but(used=N), Reason.WORSE_AS_USED),                                      # averages that lag
    (but(used=N, signal=N, finds=N, reach=U), Reason.WORSE_AS_USED),          # its training did find something
    (but(used=N, finds=N, reach=U), Reason.LEARNT),
    (but(peers=N, finds=N, reach=U), Reason.SHORT_OF_PEERS),                  # what a plain model does not find
    (but(reach=N, falling=Y), Reason.STILL_FALLING),
    (UNTOLD, Reason.ONLY_BOUNDED),
    (but(UNTOLD, plain_fault=True), Reason.ONLY_BOUNDED),
    (but(UNTOLD, finds=Y), Reason.ONLY_BOUNDED),
    (Statements(), Reason.ONLY_BOUNDED),
    (but(short=True), Reason.LEARNT),
    (but(short=True, plain_fault=True), Reason.SHORT_REACH),
    (but(UNTOLD, still=True), Reason.STANDS_STILL),
    (but(signal=N, finds=N, reach=U, still=True), Reason.STANDS_STILL),       # a softmax over one entry
    (but(still=True), Reason.LEARNT),                                        # a margin that is kept
    (but(skill=yes(0.05), plain_fault=True), Reason.LITTLE),
    (but(skill=yes(0.05), unseen=N, plain_fault=True), Reason.LITTLE),
    (but(skill=yes(0.15), plain_fault=True), Reason.LEARNT),                  # a warning
    (but(skill=yes(0.05)), Reason.LEARNT),
    (but(unseen=N), Reason.BY_HEART),
    (but(unseen=N, finds=N, reach=U), Reason.BY_HEART),
    (but(signal=U, skill=U, reach=U, unseen=N), Reason.ONLY_BOUNDED),
])
def test_the_row_that_decides(statements: Statements, reason: Reason) -> None:
    assert reason_of(statements) is reason


@pytest.mark.parametrize(("reason", "expected"), [
    (Reason.NOT_FINITE, State.SICK), (Reason.NOT_BOUNDED, State.SICK), (Reason.ABOVE_CONSTANT, State.SICK),
    (Reason.ENDLESS, State.SICK), (Reason.BLIND_LOSS, State.SICK), (Reason.ONE_CLASS, State.SICK),
    (Reason.CUT, State.SICK), (Reason.TURNED, State.SICK), (Reason.BEYOND, State.SICK), (Reason.LOST_IN_USE, State.SICK),
    (Reason.NO_SIGNAL, State.SICK), (Reason.NO_SKILL, State.SICK),
    (Reason.FAULT, State.SUSPECT), (Reason.SKILL_IN_DOUBT, State.SUSPECT), (Reason.SHORT_REACH, State.SUSPECT),
    (Reason.SHORT_OF_PEERS, State.SUSPECT), (Reason.WORSE_AS_USED, State.SUSPECT), (Reason.OUT_OF_REACH, State.SUSPECT),
    (Reason.PART_MISSED, State.SUSPECT), (Reason.PARTLY, State.SUSPECT),
    (Reason.PEEKS, State.SICK), (Reason.COPIED_UNITS, State.SUSPECT),
    (Reason.LITTLE, State.SUSPECT),
    (Reason.NOTHING_TO_FIND, State.HEALTHY), (Reason.STILL_FALLING, State.HEALTHY), (Reason.UNDECIDED, State.HEALTHY),
    (Reason.STANDS_STILL, State.SICK),
    (Reason.ONLY_BOUNDED, State.HEALTHY), (Reason.BY_HEART, State.HEALTHY), (Reason.GOAL_MET, State.HEALTHY),
    (Reason.LEARNT, State.HEALTHY),
])
def test_the_state_of_a_row(reason: Reason, expected: State) -> None:
    assert state_of(reason) is expected


@pytest.mark.parametrize(("statements", "reason"), [
    (GOOD, Reason.GOAL_MET), (but(signal=N, skill=N, blind=Y, within=N), Reason.GOAL_MET),
    (but(bounded=N), Reason.NOT_BOUNDED), (but(finite=N), Reason.NOT_FINITE),
])
def test_where_only_finite_is_asked_for(statements: Statements, reason: Reason) -> None:
    assert reason_of(statements, Goal.FINITE) is reason
# fmt: on


def test_what_cannot_be_told_never_counts() -> None:
    for field in dataclasses.fields(Statements):
        if field.name not in (
            "one_class",
            "cut",
            "plain_fault",
            "contradiction",
            "partial",
            "turned",
            "beyond",
            "one_sided",
            "copies",
            "peeks",
            "copied",
            "astray",
            "lost",
            "constant_output",
            "stuck",
        ):
            assert state(but(**{field.name: U})) is State.HEALTHY, field.name


def test_the_worst_output_counts() -> None:
    dead = but(signal=N, constant_output=True)
    assert judge([GOOD, dead, GOOD]) == Judgement(State.SICK, Reason.NO_SIGNAL, 1)
    assert judge([but(reach=N), dead]) == Judgement(State.SICK, Reason.NO_SIGNAL, 1)
    assert judge([dead, dead]).output == 0
    assert judge([GOOD, but(reach=N)]) == Judgement(State.SUSPECT, Reason.SHORT_REACH, 1)
    assert judge([GOOD, but(skill=N)], Goal.FINITE).state is State.HEALTHY
    with pytest.raises(ValueError, match="at least one output"):
        judge([])


def test_each_reason_has_its_words() -> None:
    said = [words(reason) for reason in Reason]
    assert all(said) and len(set(said)) == len(said)
    assert words(Reason.NOTHING_TO_FIND).startswith("nothing in these inputs tells of the targets")
    assert words(Reason.ONLY_BOUNDED) == "finite and bounded; whether it learns is not known"


def test_by_name_are_all_statements_and_the_faults_that_were_seen() -> None:
    told = but(skill=yes(np.float32(0.5), "why"), cut=True, copied=False).by_name
    assert list(told) == [*NAMES, "cut"]
    assert told["skill"] == yes(0.5, "why") and type(told["skill"].figure) is float
    assert told["peers"] == unknown() and told["cut"] == yes()

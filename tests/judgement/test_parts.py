"""Each class and each column by itself: what a network never gives, and whether a plain model tells it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from autostable.judgement import cure, output, parts
from autostable.judgement.kinds import Array, Kind, scores_of, targets_of
from autostable.judgement.output import Seen
from autostable.judgement.reference import reference
from autostable.judgement.signal import Signal
from autostable.judgement.statements import Statement, no, unknown, yes
from autostable.judgement.verdict import Reason, Statements

SHOWN = Signal(1.0, 2.0, 0.1, 30.0, 1e-9, 2000, 30, False)
RNG = np.random.default_rng(0)
LABELS = np.repeat([0.0, 1.0, 2.0], [40, 40, 40])[:, None]


def answers(*given: int) -> Array:
    """Scores with which each class is answered so, for all of its rows."""
    return np.eye(3)[[given[int(label)] for label in LABELS[:, 0]]]


@pytest.mark.parametrize(
    ("given", "expected"), [((0, 1, 2), ()), ((0, 1, 0), (2,)), ((1, 1, 1), (0, 2)), ((1, 2, 0), ())]
)
def test_a_class_that_is_the_answer_to_no_row_is_silent(given: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert parts.silent(Kind.CLASS, LABELS, answers(*given)) == expected


@pytest.mark.parametrize(("rows", "expected"), [(10, (2,)), (9, ())])
def test_a_rare_class_may_be_silent(rows: int, expected: tuple[int, ...]) -> None:
    labels = np.repeat([0.0, 1.0, 2.0], [60, 60, rows])[:, None]
    assert parts.silent(Kind.CLASS, labels, np.eye(3)[np.minimum(labels[:, 0].astype(int), 1)]) == expected


def test_where_the_line_is_drawn_between_two_classes_is_the_owners() -> None:
    labels = np.repeat([0.0, 1.0], [90, 10])[:, None]
    assert parts.silent(Kind.CLASS, labels, scores_of(Kind.CLASS, np.full((100, 1), 0.1))) == ()


def test_a_column_is_silent_where_it_never_moves_and_its_targets_do() -> None:
    targets, scores = RNG.normal(size=(50, 3)), RNG.normal(size=(50, 3))
    scores[:, 1:] = 0.0
    targets[:, 2] = 4.0
    assert parts.silent(Kind.NUMBER, targets, scores) == (1,)
    scores[0, 1] = 1e-6
    assert parts.silent(Kind.NUMBER, targets, scores) == ()
    assert parts.silent(Kind.NUMBER, targets, scores * np.inf) == ()


def told(kind: Kind, x: Array, targets: Array, columns: tuple[int, ...]) -> tuple[int, ...]:
    y = targets_of(kind, targets)
    return parts.missed(columns, y, reference(kind, x, y))


def test_a_class_is_missed_where_a_plain_model_tells_it() -> None:
    x = RNG.normal(size=(600, 4))
    labels = (x[:, 0] > 0).astype(float) + 2 * (x[:, 1] > 0)
    drawn = np.where(labels == 3, RNG.integers(0, 4, 600), labels).astype(float)  # of class 3 one in four is one
    assert told(Kind.CLASS, x, labels[:, None], (1, 3)) == (1, 3)
    assert told(Kind.CLASS, x, drawn[:, None], (1, 3)) == (1,)
    assert told(Kind.CLASS, x, labels[:, None] * 2, (2, 3)) == (2,)  # a class of which there is no row
    assert parts.missed((1,), labels[:, None], None) == ()


@pytest.mark.parametrize(("right", "expected"), [(11, (2,)), (9, ())])
def test_a_class_is_told_where_most_of_its_rows_get_it(right: int, expected: tuple[int, ...]) -> None:
    y = np.repeat([0.0, 1.0, 2.0], [20, 20, 20])[:, None]
    predicted = np.eye(3)[y[:, 0].astype(int)]
    predicted[40 + right :] = np.eye(3)[0]
    found = reference(Kind.CLASS, np.eye(3)[y[:, 0].astype(int)], y)
    assert found is not None and found.sure
    told = dataclasses.replace(found, calibrated=dataclasses.replace(found.calibrated, predictions=predicted))
    assert parts.missed((2,), y, told) == expected


@pytest.mark.parametrize(("noise", "expected"), [(2.5, (0, 1)), (4.0, (0,))])
def test_a_column_is_missed_where_a_plain_model_is_off_by_less(noise: float, expected: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).normal(size=(2000, 3))
    rest = np.random.default_rng(2).normal(size=2000)
    assert told(Kind.NUMBER, x, np.stack([x[:, 0], x[:, 1] + noise * rest], axis=1), (0, 1)) == expected


@pytest.mark.parametrize(
    ("silent", "missed", "expected"),
    [((), (), yes()), ((2,), (), unknown("no plain model tells it")), ((1, 2), (2,), no(1.0))],
)
def test_what_is_said_of_the_parts(silent: tuple[int, ...], missed: tuple[int, ...], expected: Statement) -> None:
    seen = Seen(2000, 0.3, SHOWN, constant=1.0, silent=silent, missed=missed)
    assert output.statements(seen, [1.0] * 40 + [0.3] * 40, bounded=yes()).parts == expected


def test_a_plain_model_is_asked_where_a_part_is_silent() -> None:
    network = reference(Kind.NUMBER, x := RNG.normal(size=(200, 2)), x)
    assert network is not None
    seen = Seen(200, 0.1, SHOWN, constant=1.0, kind=Kind.NUMBER, network=network.calibrated)
    said = Statements(signal=yes(), skill=yes(0.9))
    asked = [output.needs_reference(dataclasses.replace(seen, **each), said)  # type: ignore[arg-type]
             for each in ({}, {"silent": (1,)}, {"silent": (1,), "missed": (1,)})]  # fmt: skip
    assert asked == [False, True, False]


@pytest.mark.parametrize(
    ("seen", "partial"),
    [
        ({}, True),  # by its first steps, which cost 1
        ({"signal": dataclasses.replace(SHOWN, mean=0.5)}, True),
        ({"signal": dataclasses.replace(SHOWN, mean=9.0), "loss": 0.2}, False),
        ({"constant": 1.0}, True),  # skill 0.6 of 0.7
        ({"constant": 1.5}, False),
        ({"constant": 1.0, "kind": Kind.NUMBER, "figure": ("R2", 0.71, None)}, False),
        ({"constant": 1.5, "kind": Kind.NUMBER, "figure": ("R2", 0.69, None)}, True),
        ({"constant": 1.0, "kind": Kind.CLASS, "figure": ("accuracy", 0.9, None)}, True),
    ],
)
def test_when_only_a_part_was_learnt(seen: dict[str, Any], partial: bool) -> None:
    found = Seen(**{"rows": 2000, "loss": 0.4, "signal": SHOWN, **seen})
    assert output.statements(found, [1.0] * 40 + [0.4] * 40, bounded=yes()).partial is partial


@pytest.mark.parametrize(
    ("under", "held"),
    [(Statements(contradiction=True, signal=yes()), no()), (Statements(signal=yes()), yes())],
)  # fmt: skip
def test_a_plan_has_to_put_the_contradiction_right(under: Statements, held: Statement) -> None:
    assert cure.held(Reason.PARTLY, under) == held


@pytest.mark.parametrize(
    ("under", "held"),
    [(Statements(parts=no(1.0), signal=yes()), no()), (Statements(parts=yes(), signal=yes()), yes()),
     (Statements(parts=yes(), signal=no()), no())],
)  # fmt: skip
def test_a_plan_has_to_give_what_was_missed(under: Statements, held: Statement) -> None:
    assert cure.held(Reason.PART_MISSED, under) == held


@pytest.mark.parametrize(
    ("trained", "used", "lost"),
    [(0.3, 1.2, True), (0.3, 0.9, False), (None, 1.2, False), (1.1, 1.2, False), (1.1, 0.9, False)],
)
def test_what_is_lost_as_it_is_used(trained: float | None, used: float, lost: bool) -> None:
    losses = [1.0] * 40 + [0.3] * 40
    seen = Seen(40, used, SHOWN, trained=trained)
    assert output.statements(seen, losses, bounded=yes()).lost is lost
    assert not output.statements(seen, [1.0] * 80, bounded=yes()).lost  # it was not learnt in the first place


def test_one_column_is_the_whole_output_and_of_two_one_may_be_silent() -> None:
    targets, scores = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[3.0, 0.0], [3.0, 1.0]])
    assert parts.silent(Kind.NUMBER, targets[:, :1], scores[:, :1]) == ()
    assert parts.silent(Kind.NUMBER, targets, scores) == (0,)

"""A sign is believed as often as it was right in the cases: the table is that of the rules and of the evidence that is kept.

Where `test_the_counts_are_those_of_the_rules` fails, a rule has changed: `python -m benchmarks.signs --write` counts again,
and its last line says what became of the first causes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autostable.diagnosis import SIGNS, diagnose, seen
from autostable.knowledge.signs import Count, Counts, Kind, Said, Sign, counts, level
from autostable.records import Code
from benchmarks import signs
from tests.diagnosis.given import found, with_

A, B, RARE = Sign("a"), Sign("b"), Sign("rare", Kind.PLAIN)
LOG, RATE = Code.UNSAFE_LOG, Code.LEARNING_RATE_TOO_HIGH


@pytest.fixture(scope="module")
def said() -> dict[str, tuple[Said, ...]]:
    """What the rules see in the evidence of each case that is kept."""
    return {case: tuple(seen(evidence)) for case, evidence in signs.kept()}


def test_the_counts_are_those_of_the_rules(said: dict[str, tuple[Said, ...]]) -> None:
    table = json.loads(signs.TABLE.read_text(encoding="utf-8"))["signs"]
    assert table == signs.table(signs.counted(said.items()))


def test_the_first_cause_is_right_as_often_as_is_told(said: dict[str, tuple[Said, ...]]) -> None:
    named = {case: each for case, each in said.items() if each}
    right = sum(signs.first(each, counts()) in signs.right(case) for case, each in named.items())
    assert (right, len(named)) == (626, 643)


def test_each_sign_has_its_name() -> None:
    assert len({sign.name for sign in SIGNS}) == len(SIGNS) > 90


def test_a_sign_without_a_case_is_believed_as_its_kind_is() -> None:
    rows = {"a": {LOG: Count(3, 4)}, "b": {LOG: Count(1, 2), RATE: Count(0, 2)}}
    known = Counts(rows, {sign.name: sign.kind for sign in (A, B, RARE)})
    assert known.of("b") == Count(1, 4)
    assert known.of_kind(Kind.SEEN) == Count(4, 8)
    assert known.confidence(A) == pytest.approx((3 + 2 * 0.5) / 6)
    assert known.confidence(B) == pytest.approx((1 + 2 * 0.5) / 6)
    assert known.confidence(RARE) == 0.5  # nothing is known of its kind either
    assert known.confidence(Sign("new")) == 0.5


@pytest.mark.parametrize(("first", "second", "tie"), [(0.951, 0.968, True), (0.93, 0.97, True), (0.92, 0.97, False)])
def test_one_case_more_or_less_is_no_reason_to_prefer_a_cause(first: float, second: float, tie: bool) -> None:
    assert (level(first) == level(second)) is tie


def test_a_case_counts_once_for_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "right", lambda case: frozenset({"unsafe-log"} if case == "one" else ()))
    twice = (A.of(LOG, "here"), A.of(LOG, "there"), A.of(RATE, ""))
    known = signs.counted([("one", twice), ("two", twice[:1])])
    assert known.signs == {"a": {"unsafe-log": Count(1, 2), "learning-rate-too-high": Count(0, 1)}}
    assert signs.first(twice, known) == "unsafe-log"
    assert signs.first((), known) is None


def test_a_long_course_is_kept_short_and_says_the_same(tmp_path: Path) -> None:
    from autostable.evidence import Course, Evidence
    from autostable.records import from_json, to_json

    gradients = (1.0,) * 50 + (float("nan"), 2e3 / 3) + (1.0,) * 50
    evidence = with_(finding=found("Log"), course=Course(102, 102, (1 / 3,) * 102, gradients))
    kept = from_json(json.loads(signs.shortened(json.dumps(to_json(evidence)))), Evidence)
    assert kept.course.losses == (0.333333,) * 24
    assert kept.course.gradients == (1.0,) * 12 + (666.667,) + (1.0,) * 12
    assert diagnose(kept) == diagnose(evidence)

"""How likely a remedy is part of the cure: counted over the cases, and counted again here."""

from __future__ import annotations

import json

import pytest

from autostable.repair import chances
from benchmarks.chances import TABLE, counted, cured_by, made, rising, written
from tests.repair.patients import CLIP, GUARD, NORM, SCALE, SLOWER, SWAP, ladder


@pytest.mark.slow
def test_the_table_is_that_of_the_cases_as_they_are() -> None:
    """If this fails: python -m benchmarks.chances --write"""
    assert TABLE.read_text(encoding="utf-8") == written(made())


@pytest.mark.parametrize("rank", ["first", "later", "resort"])
def test_chances_rise_with_what_speaks_for_a_remedy(rank: str) -> None:
    found = [chances.chance(weight / 20, rank) for weight in range(21)]
    assert found == sorted(found) and found[0] > 0 and found[-1] < 1


def test_below_the_first_step_of_the_table_its_chance_holds() -> None:
    steps = json.loads(TABLE.read_text(encoding="utf-8"))["first"]
    assert chances.chance(0.0, "first") == steps[0]["chance"]
    assert chances.chance(steps[-1]["from"], "first") == steps[-1]["chance"]


def test_a_remedy_ranks_by_whether_another_one_for_its_cause_comes_first() -> None:
    cause = ladder(SWAP, 0.9).cause
    again = ladder(NORM, 0.7)
    ladders = [
        ladder(SWAP, 0.9),
        type(again)(again.strengths, 0.7, cause),
        ladder(GUARD, 0.5),
        ladder(CLIP, 0.1, resort=True),
    ]
    assert [rank for _, rank in chances.ranks(ladders)] == ["first", "later", "first", "later"]
    assert [rank for _, rank in chances.ranks(ladders[3:])] == ["resort"]


def test_cases_are_counted_by_rank_and_weight() -> None:
    ladders = [ladder(GUARD, 0.99), ladder(SCALE, 0.72), ladder(SLOWER, 0.15, resort=True)]
    found = counted([(ladders, frozenset({SCALE})), (ladders, frozenset())])
    assert found == {"first": {1.0: [0, 2], 0.7: [1, 2]}, "later": {0.15: [0, 2]}, "resort": {}}


@pytest.mark.parametrize(
    ("verdict", "as_good", "cured"),
    [("repaired", True, {SCALE}), ("repaired", False, set()), ("unrepaired", True, set()), ("healthy", True, set())],
)
def test_nothing_is_learnt_from_a_plan_that_did_not_pass(verdict: str, as_good: bool, cured: set[str]) -> None:
    assert cured_by({"plan": [SCALE], "verdict": verdict, "as_good": as_good}) == cured


def test_what_falls_in_the_counts_is_one_step() -> None:
    steps = rising({0.1: [0, 10], 0.5: [6, 10], 0.6: [4, 10], 0.9: [9, 10]})
    assert [(step["from"], step["right"], step["seen"]) for step in steps] == [
        (0.1, 0, 10),
        (0.5, 10, 20),
        (0.9, 9, 10),
    ]
    assert [step["chance"] for step in steps] == [round(1 / 12, 3), round(11 / 22, 3), round(10 / 12, 3)]

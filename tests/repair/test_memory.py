"""What was tried before a kill is not tried again after it."""

from __future__ import annotations

import dataclasses
from typing import Any

from autostable.evidence import Finding
from autostable.orders import Tried
from autostable.records import Attempt, Plan, Remedy
from autostable.repair.memory import Memory

A, B = (Remedy("a"),), (Remedy("b"),)


def attempt(plan: Plan, kind: str = "probe", **more: Any) -> Attempt:
    return Attempt(plan, kind, more.pop("outcome", "stable"), 10, 0.1, **more)


def nothing(place: int, tried: Tried) -> None:
    raise AssertionError("what is recalled is not told again")


def test_an_attempt_is_recalled_once_and_only_as_it_was_asked_for() -> None:
    memory = Memory([Tried(attempt(A), 10)], nothing)
    assert memory.recall(B, "probe", 10) is None
    assert memory.recall(A, "probe", 20) is None
    assert memory.recall(A, "full", 10) is None
    assert memory.recall(A, "probe", 10) == attempt(A) and memory.recalled
    assert memory.recall(A, "probe", 10) is None


def test_a_whole_run_that_was_good_enough_is_wanted_for_what_it_trained() -> None:
    good, last_choice = attempt(A, "full"), attempt(A, "full", learnt=False)
    worthless, failed = dataclasses.replace(last_choice, passes=False), attempt(A, "full", outcome="unstable")
    for each, recalled in ((good, False), (last_choice, False), (worthless, True), (failed, True)):
        assert (Memory([Tried(each)], nothing).recall(A, "full", None) == each) is recalled


def test_what_is_found_out_is_told_and_recalled() -> None:
    told: dict[int, Tried] = {}
    memory = Memory([], told.__setitem__)
    found = Finding("Log", "nan")
    memory.made(attempt(A, outcome="unstable"), 10)
    assert memory.locate(B, lambda: found) is None
    assert memory.locate(A, lambda: found) == found
    memory.made(attempt(B), 10)
    assert memory.lead(lambda: True)
    assert sorted(told) == [1, 2] and told[1].finding == found and told[2].leads
    again = Memory(list(told.values()), nothing)
    assert again.recall(A, "probe", 10) is not None
    assert again.locate(A, lambda: None) == found, "it need not be replayed"
    assert again.recall(B, "probe", 10, leads=True) is not None
    assert again.lead(lambda: False)


def test_whether_a_plan_leads_must_be_known_where_it_is_asked() -> None:
    assert Memory([Tried(attempt(A), 10)], nothing).recall(A, "probe", 10, leads=True) is None

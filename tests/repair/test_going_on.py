"""Probes that are gone on with, on benches that can."""

from __future__ import annotations

import pytest

from autostable.orders import Tried
from autostable.records import Attempt, Plan, Remedy
from autostable.repair.bench import GoesOn
from autostable.repair.memory import Memory
from tests.repair.patients import CLIP, FULL, GUARD, SCALE, SLOWER, Patient, ladder, repair, text

pytestmark = pytest.mark.usefixtures("known_chances")

ONE = [ladder(GUARD, 0.9), ladder(SLOWER, 0.12, 6, resort=True)]
PAIR = [ladder(GUARD, 0.9), ladder(SCALE, 0.7)]
UNLIKELY = [ladder(SCALE, 0.3), ladder(CLIP, 0.2)]
A, B = (Remedy("a"),), (Remedy("b"),)


class Going(Patient):
    """Goes on with a probe where it is told to."""

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        made = super().attempt(plan, kind=kind, steps=steps)
        if goes_on is None or kind == "full" or not goes_on(made):
            return made
        self.asked[-1] = f"on {text(plan)}"
        done = super().attempt(plan, kind="full", steps=None)
        del self.asked[-1]
        return done


def test_the_probe_that_is_the_cure_is_the_run_that_counts() -> None:
    patient = Going([{GUARD: 0}], useless=True)
    result = repair(patient, *ONE)
    assert patient.asked == ["on epsilon-loss 0"]
    assert [(each.kind, each.steps) for each in result.attempts] == [("full", FULL)]
    assert (text(result.plan), result.final) == ("epsilon-loss 0", result.attempts[0])


def test_one_that_something_is_to_be_compared_with_is_left_where_it_stands() -> None:
    patient = Going([{GUARD: 0}], gains={SCALE: 0.5}, useless=True)
    assert text(repair(patient, *PAIR).plan) == "epsilon-loss 0 + rescale-inputs 0"
    assert patient.asked[:2] == ["probe epsilon-loss 0", "probe epsilon-loss 0 + rescale-inputs 0"]


SEEN = ["probe rescale-inputs 0", "full rescale-inputs 0"]


@pytest.mark.parametrize(("unseen", "asked"), [(True, ["on rescale-inputs 0"]), (False, SEEN)])
def test_what_others_see_of_a_run_must_be_likelier_to_hold_than_not(unseen: bool, asked: list[str]) -> None:
    patient = Going([{SCALE: 0}], useless=True)
    repair(patient, *UNLIKELY, unseen=unseen)
    assert patient.asked == asked


def test_one_that_does_not_hold_to_its_end_is_no_cure() -> None:
    """Its attempt is a run in full, and counts as one."""
    patient = Going([{GUARD: 0}, {CLIP: 0}], fails_late={"epsilon-loss 0"}, useless=True)
    result = repair(patient, ladder(GUARD, 0.99, 1), ladder(CLIP, 0.2), unseen=True)
    assert patient.asked == ["on epsilon-loss 0", "on clip-gradients 0"]
    assert [each.kind for each in result.attempts] == ["full", "full"] and text(result.plan) == "clip-gradients 0"


@pytest.mark.parametrize("kind", ["probe", "full"])
def test_what_was_seen_to_its_end_before_is_known_as_a_probe_too(kind: str) -> None:
    known = Attempt(PAIR[0].strengths[:1], kind, "stable", 40, 1.0, 2.0, 2.0, 2.0, learnt=False)
    patient = Patient([{SCALE: 0}], useless=True)
    repair(patient, *PAIR, tried=[known])
    assert patient.asked == SEEN


def told() -> tuple[Memory, list[tuple[int, Tried]]]:
    seen: list[tuple[int, Tried]] = []
    return Memory([], lambda place, tried: seen.append((place, tried))), seen


def ended(plan: Plan, kind: str, steps: int) -> Attempt:
    return Attempt(plan, kind, "stable", steps, 1.0)


def test_a_probe_that_was_cut_keeps_what_was_found_out_where_it_stood() -> None:
    memory, seen = told()
    memory.under_way(ended(A, "probe", 10), 10)
    assert memory.lead(lambda: True) and not seen
    memory.made(ended(A, "probe", 10), 10)
    assert seen == [(1, Tried(ended(A, "probe", 10), 10, leads=True))]


def test_a_probe_that_was_gone_on_with_is_told_of_once_as_the_run_that_it_became() -> None:
    memory, seen = told()
    memory.under_way(ended(A, "probe", 10), 10)
    assert memory.lead(lambda: True)
    memory.made(ended(A, "full", 100), None)
    memory.made(ended(B, "probe", 10), 10)
    assert seen == [(1, Tried(ended(A, "full", 100))), (2, Tried(ended(B, "probe", 10), 10))]

"""Faults that show without any run: a plan that leaves them as they are cures nothing."""

from __future__ import annotations

import dataclasses
import json

from autostable.diagnosis import diagnose
from autostable.evidence import Evidence, ModelFacts
from autostable.orders import Orders
from autostable.records import Attempt, Code, Symptom, from_json
from autostable.repair.faults import NOTHING, Treating, meaningless, plain_fault
from autostable.repair.search import search
from benchmarks.signs import EVIDENCE as EVIDENCE_OF_CASES
from tests.repair.patients import Patient, ladder

EVIDENCE = from_json(
    json.loads((EVIDENCE_OF_CASES / "207_leaf_mask_generator.json").read_text(encoding="utf-8")), Evidence
)


def test_labels_that_a_loss_has_no_place_for_make_it_mean_nothing() -> None:
    fault = plain_fault(EVIDENCE, ())
    assert fault is not None and fault.code is Code.LABELS_OUT_OF_RANGE and meaningless(fault)


def test_a_plan_that_leaves_such_a_fault_learns_nothing_however_low_the_loss() -> None:
    fault = plain_fault(EVIDENCE, ())
    assert fault is not None
    swap = (ladder("swap-activation", 0.9).first,)
    attempt = Treating(Patient([{"swap-activation": 0}]), fault).attempt(swap, kind="full", steps=None)
    assert (attempt.learnt, attempt.passes, attempt.why) == (False, False, NOTHING)


def test_the_loss_of_a_training_whose_loss_means_nothing_is_no_measure() -> None:
    """It falls below zero without end; a plan that treats the labels ends far above it, and is the cure."""
    asked: list[str] = []

    class Endless(Patient):
        def attempt(self, plan, *, kind, steps, goes_on=None):  # type: ignore[no-untyped-def]
            asked.append(f"{kind} {'+'.join(step.name for step in plan)}")
            treated = any(step.name == "remap-labels" for step in plan)
            return Attempt(plan, kind, "stable", steps or 300, 1.0, 0.7, *((0.1, 0.1) if treated else (-1e4, -1e4)))

    baseline = Attempt((), "baseline", "stable", 300, 1.0, -1.0, -2e9, -2e9)
    result = search(Endless(), baseline, EVIDENCE.symptom, diagnose(EVIDENCE), EVIDENCE, Orders(), full=300)
    assert result.plan is not None and [step.name for step in result.plan] == ["remap-labels"]
    assert asked[-1] == "full remap-labels"


def test_the_loss_of_a_training_whose_answers_have_come_together_is_no_measure() -> None:
    """One answer for every row costs 1.0; those that part again cost more at first."""
    lower = {"factor": 0.1}
    evidence = Evidence(
        Symptom("useless", 3), model=ModelFacts(learning_rate=1e-3, optimizer="Adam"), collapsed=True, kind="fit"
    )

    class Collapsed(Patient):
        def attempt(self, plan, *, kind, steps, goes_on=None):  # type: ignore[no-untyped-def]
            slower = any(step.name == "lower-learning-rate" and step.parameters == lower for step in plan)
            end = 0.2 if slower and kind == "full" else 1.05
            return Attempt(plan, kind, "stable", steps or 300, 1.2, end, end, end, learnt=slower)

    for each, cured in ((evidence, True), (dataclasses.replace(evidence, collapsed=False), False)):
        baseline = Attempt((), "baseline", "stable", 300, 1.2, 1.0, 1.0, 1.0)
        result = search(Collapsed(), baseline, each.symptom, diagnose(each), each, Orders(), full=300)
        assert (result.plan is not None) is cured

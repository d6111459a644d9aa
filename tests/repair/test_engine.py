"""The search over benches that answer from a table: which plan, after how many attempts."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autostable.records import Attempt, Code, Learning, Plan, Remedy
from autostable.repair.bench import GoesOn, Limits, probe_steps
from autostable.repair.engine import Search
from autostable.repair.ladders import Ladder
from tests.repair.patients import (
    CLIP,
    FASTER,
    FULL,
    GUARD,
    INIT,
    NORM,
    SCALE,
    SLOWER,
    SWAP,
    TARGETS,
    Patient,
    ladder,
    repair,
    text,
)

pytestmark = pytest.mark.usefixtures("known_chances")

RESORTS = [ladder(SLOWER, 0.15, 6, start=1, resort=True), ladder(CLIP, 0.12, 4, resort=True)]
ONE = [ladder(GUARD, 0.99, 4), *RESORTS]
TWO = [ladder(GUARD, 0.99), ladder(SCALE, 0.95)]
UNEVEN = [ladder(GUARD, 0.99), ladder(SCALE, 0.7)]
THREE = [*TWO, ladder(SWAP, 0.9)]
LIKELY = [ladder(SWAP, 0.7), ladder(NORM, 0.6), *RESORTS]
RATE = [ladder(SLOWER, 0.9, 6, start=3), ladder(CLIP, 0.7)]
FAST = [ladder(FASTER, 0.9, 5, start=2), ladder(SLOWER, 0.12, 6, resort=True)]
UNKNOWN = [ladder(FASTER, 0.15, 4, start=1, resort=True), ladder(SLOWER, 0.12, 4, resort=True)]
EIGHT = [
    ladder(name, weight)
    for name, weight in zip(
        (GUARD, SCALE, TARGETS, SWAP, INIT, NORM, CLIP, FASTER), (0.9, 0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.3), strict=True
    )
]

# What is known of it, what is wrong with it; the plan, and the most attempts where it turns non-finite and where it learns
# nothing (None: what is likely is exhausted, the rest is not worth another probe, and no plan is found).
TABLE: list[tuple[str, list[Ladder], dict[str, Any], str, int, int | None]] = [
    ("one", ONE, {"cures": [{GUARD: 0}]}, "epsilon-loss 0", 1, 2),
    ("one, its second strength", ONE, {"cures": [{GUARD: 1}]}, "epsilon-loss 1", 4, 4),
    ("one, its third strength", ONE, {"cures": [{GUARD: 2}]}, "epsilon-loss 2", 4, 4),
    ("one, its last strength", ONE, {"cures": [{GUARD: 3}]}, "epsilon-loss 3", 5, 5),
    ("one, but a rate cures", ONE, {"cures": [{SLOWER: 1}]}, "lower-learning-rate 1", 8, None),
    ("one, but clipping cures", ONE, {"cures": [{CLIP: 0}]}, "clip-gradients 0", 7, None),
    (
        "one, and a rate with it",
        ONE,
        {"cures": [{GUARD: 0, SLOWER: 1}]},
        "epsilon-loss 0 + lower-learning-rate 1",
        10,
        None,
    ),
    ("two, the first", TWO, {"cures": [{GUARD: 0}]}, "epsilon-loss 0", 3, 3),
    (
        "two, the first, the second betters",
        TWO,
        {"cures": [{GUARD: 0}], "gains": {SCALE: 0.5}},
        "epsilon-loss 0 + rescale-inputs 0",
        4,
        4,
    ),
    ("two, the second", TWO, {"cures": [{SCALE: 0}]}, "rescale-inputs 0", 4, 4),
    ("two, the second, stronger", TWO, {"cures": [{SCALE: 1}]}, "rescale-inputs 1", 7, 7),
    ("two, both", TWO, {"cures": [{SCALE: 0, GUARD: 0}]}, "epsilon-loss 0 + rescale-inputs 0", 4, 4),
    ("two, either", TWO, {"cures": [{SCALE: 0}, {GUARD: 0}]}, "epsilon-loss 0", 3, 3),
    ("two, the second spoils", TWO, {"cures": [{GUARD: 0}], "spoils": frozenset({SCALE})}, "epsilon-loss 0", 3, 3),
    ("uneven, the first", UNEVEN, {"cures": [{GUARD: 0}]}, "epsilon-loss 0", 3, 3),
    (
        "uneven, the first, the second betters",
        UNEVEN,
        {"cures": [{GUARD: 0}], "gains": {SCALE: 0.5}},
        "epsilon-loss 0 + rescale-inputs 0",
        4,
        3,
    ),
    ("uneven, the second", UNEVEN, {"cures": [{SCALE: 0}]}, "rescale-inputs 0", 3, 3),
    ("uneven, both", UNEVEN, {"cures": [{SCALE: 0, GUARD: 0}]}, "epsilon-loss 0 + rescale-inputs 0", 4, 4),
    ("three, the first", THREE, {"cures": [{GUARD: 0}]}, "epsilon-loss 0", 5, 5),
    ("three, the third", THREE, {"cures": [{SWAP: 0}]}, "swap-activation 0", 6, 6),
    (
        "three, all",
        THREE,
        {"cures": [{SCALE: 0, GUARD: 0, SWAP: 0}]},
        "epsilon-loss 0 + rescale-inputs 0 + swap-activation 0",
        5,
        5,
    ),
    ("three, the outer ones", THREE, {"cures": [{SWAP: 0, GUARD: 0}]}, "epsilon-loss 0 + swap-activation 0", 6, 6),
    (
        "three, the outer ones, the second spoils",
        THREE,
        {"cures": [{SWAP: 0, GUARD: 0}], "spoils": frozenset({SCALE})},
        "epsilon-loss 0 + swap-activation 0",
        14,
        14,
    ),
    ("likely, the first", LIKELY, {"cures": [{SWAP: 0}]}, "swap-activation 0", 3, 3),
    ("likely, the second", LIKELY, {"cures": [{NORM: 0}]}, "insert-normalization 0", 4, 4),
    ("a rate", RATE, {"cures": [{SLOWER: 3}], "drifts": 1.5}, "lower-learning-rate 3", 4, 3),
    ("a rate, a milder one is best", RATE, {"cures": [{SLOWER: 1}], "drifts": 1.5}, "lower-learning-rate 1", 6, 6),
    ("a rate, a stronger one is needed", RATE, {"cures": [{SLOWER: 5}], "drifts": 1.5}, "lower-learning-rate 5", 7, 7),
    ("faster", FAST, {"cures": [{FASTER: 2}], "drifts": 1.2}, "raise-learning-rate 2", 4, 4),
    ("faster, further is better", FAST, {"cures": [{FASTER: 2}], "drifts": 0.5}, "raise-learning-rate 4", 4, 4),
    ("unknown, slower", UNKNOWN, {"cures": [{SLOWER: 1}]}, "lower-learning-rate 1", 6, None),
    ("unknown, faster", UNKNOWN, {"cures": [{FASTER: 1}]}, "raise-learning-rate 1", 5, 4),
    ("eight, the fifth", EIGHT, {"cures": [{INIT: 0}]}, "reinitialize-weights 0", 12, 12),
    ("nothing", TWO, {}, "none", 7, 8),
]


@pytest.mark.parametrize("useless", [False, True], ids=["nonfinite", "useless"])
@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_the_plan_and_the_most_attempts_that_it_may_take(row: Any, useless: bool) -> None:
    _, ladders, wrong, plan, nonfinite, idle = row
    most = idle if useless else nonfinite
    result = repair(Patient(useless=useless, **wrong), *ladders, limits=Limits(16))
    assert text(result.plan) == ("none" if most is None else plan)
    assert most is None or len(result.attempts) <= most


@pytest.mark.parametrize(
    ("full", "failed_at", "useless", "steps"),
    [
        (1000, 10, False, 100),  # a tenth
        (1000, 300, False, 395),  # past the failure
        (1000, 900, False, 500),  # but no more than half, where that shows it
        (1000, 1000, True, 150),
        (20, 3, False, 20),  # never longer than the run
        (1, 0, False, 1),
        (None, 0, False, 30),
        (None, 40, False, 100),
    ],
)
def test_the_length_of_a_probe(full: int | None, failed_at: int, useless: bool, steps: int) -> None:
    assert probe_steps(full, failed_at, useless) == steps


def test_what_one_step_has_spoilt_is_shown_by_no_probe_that_ends_before_it() -> None:
    assert probe_steps(1000, 700, False, gradually=False) == 915
    assert probe_steps(1000, 900, False, gradually=False) == 1000
    patient = Patient([{SLOWER: 0}], fails_at=900)
    assert text(repair(patient, ladder(CLIP, 0.6), ladder(SLOWER, 0.55), failed_at=900).plan) == "lower-learning-rate 0"
    assert not any(each.startswith("probe") for each in patient.asked)


# -- every attempt, in order ----------------------------------------------------------------------


def test_a_remedy_that_stands_alone_is_run_in_full_at_once() -> None:
    patient = Patient([{GUARD: 0}])
    result = repair(patient, *ONE)
    assert patient.asked == ["full epsilon-loss 0"]
    assert result.final is not None and result.final.stable


def test_where_a_failure_is_dear_it_is_probed() -> None:
    """What has learnt too little is known by its end only: a plan that does not help would cost a whole run."""
    patient = Patient([{GUARD: 0}], useless=True)
    repair(patient, *ONE)
    assert patient.asked == ["probe epsilon-loss 0", "full epsilon-loss 0"]


def test_two_causes_are_treated_together_then_one_remedy_is_left_out() -> None:
    patient = Patient([{GUARD: 0}])
    repair(patient, *TWO)
    assert patient.asked == [
        "probe epsilon-loss 0 + rescale-inputs 0",
        "probe epsilon-loss 0",  # as good with less
        "full epsilon-loss 0",
    ]


def test_no_remedy_is_in_a_plan_that_is_as_good_without_it() -> None:
    patient = Patient([{SWAP: 0, GUARD: 0}], useless=True)
    result = repair(patient, *THREE)
    assert text(result.plan) == "epsilon-loss 0 + swap-activation 0"
    assert {"probe epsilon-loss 0", "probe swap-activation 0"} <= set(patient.asked)


def test_a_remedy_for_a_plain_fault_is_not_left_out_however_little_a_short_run_shows() -> None:
    plain = dataclasses.replace(ladder(SWAP, 0.99), plain=True)
    patient = Patient([{SCALE: 0}], useless=True)
    result = repair(patient, plain, ladder(SCALE, 0.95))
    assert text(result.plan) == "swap-activation 0 + rescale-inputs 0"


def test_what_only_keeps_a_training_finite_is_not_tried_on_top_of_a_plan_that_holds() -> None:
    patient = Patient([{SWAP: 0}], useless=True, gains={CLIP: 0.1, SCALE: 0.1})
    repair(patient, ladder(SWAP, 0.99), ladder(CLIP, 0.95))
    assert "probe swap-activation 0 + clip-gradients 0" not in patient.asked[1:]


def test_two_remedies_for_one_cause_are_not_piled_up_on_a_plan_that_holds() -> None:
    cause = Code.SATURATED_ACTIVATION
    ladders = [dataclasses.replace(each, cause=cause) for each in (ladder(SCALE, 0.9), ladder(SWAP, 0.8))]
    patient = Patient([{SCALE: 0}], useless=True, gains={SWAP: 0.1})
    assert text(repair(patient, *ladders).plan) == "rescale-inputs 0"
    assert patient.asked == ["probe rescale-inputs 0", "full rescale-inputs 0"]


def test_a_plan_that_is_finite_but_runs_wild_calls_for_a_lower_rate() -> None:
    patient = Patient([{SLOWER: 1}], wild=frozenset({"rescale-inputs 0"}))
    repair(patient, ladder(SCALE, 0.99), *RESORTS)
    assert patient.asked[:2] == ["full rescale-inputs 0", "probe lower-learning-rate 1"]


def test_what_waits_for_another_remedy_comes_with_it_and_after_it() -> None:
    waiting = dataclasses.replace(ladder(SWAP, 0.99), after=SCALE)
    patient = Patient([{SWAP: 0, SCALE: 0}])
    result = repair(patient, waiting, ladder(SCALE, 0.95))
    assert text(result.plan) == "rescale-inputs 0 + swap-activation 0"
    assert all("swap" not in each or "rescale-inputs" in each for each in patient.asked)


def test_a_ladder_is_asked_what_it_would_be_with_the_plan_in_force() -> None:
    def under(asked: Ladder, plan: Plan) -> Ladder:
        changed = any(step.name == SCALE for step in plan) and asked.name == SWAP
        return dataclasses.replace(asked, strengths=(Remedy(SWAP, {"level": 9}),), start=0) if changed else asked

    patient = Patient([{SWAP: 9, SCALE: 0}])
    result = repair(patient, ladder(SCALE, 0.99), ladder(SWAP, 0.95), under=under)
    assert text(result.plan) == "rescale-inputs 0 + swap-activation 9"


# -- what is better, what is as good --------------------------------------------------------------


@pytest.mark.parametrize(("gain", "both"), [(0.89, True), (0.96, False)])
def test_a_second_remedy_stays_where_it_is_clearly_better(gain: float, both: bool) -> None:
    patient = Patient([{GUARD: 0}], gains={SCALE: gain})
    result = repair(patient, *UNEVEN, first=[])
    assert (text(result.plan) == "epsilon-loss 0 + rescale-inputs 0") is both


@pytest.mark.parametrize(("constant", "both"), [(None, True), (1.7, False), (1.5, True)])
def test_what_is_off_by_less_than_half_of_delta_is_as_good(constant: float | None, both: bool) -> None:
    """1.0 is 0.08 above 0.92: a twentieth of a constant's loss, if that is 1.6 or more."""
    patient = Patient([{GUARD: 0}], gains={SCALE: 0.92})
    result = repair(patient, *TWO, constant=constant)
    assert (text(result.plan) == "epsilon-loss 0 + rescale-inputs 0") is both


@pytest.mark.parametrize(("constant", "tried"), [(0.4, True), (0.6, False)])
def test_a_plan_that_is_far_above_a_constant_is_tried_with_the_next_remedy(constant: float, tried: bool) -> None:
    """Its loss is 1.0: twice a constant's, if that is less than 0.5. What is added has next to no chance of its own."""
    patient = Patient([{SLOWER: 4}], gains={SCALE: 0.5})
    result = repair(patient, ladder(SLOWER, 0.9, 6, start=3), ladder(SCALE, 0.3), constant=constant)
    assert (text(result.plan) == "lower-learning-rate 4 + rescale-inputs 0") is tried, patient.asked


def test_of_two_rates_that_are_a_tie_the_better_one_stays() -> None:
    """What is milder has less of a remedy; a faster rate is not less, only faster."""
    patient = Patient([{SLOWER: 0}], useless=True, drifts=0.98)
    assert text(repair(patient, ladder(SLOWER, 0.9, 3, start=1), constant=10.0).plan) == "lower-learning-rate 1"


def test_what_begins_lower_and_rises_is_not_better() -> None:
    class Rising(Patient):
        def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
            made = super().attempt(plan, kind=kind, steps=steps)
            return dataclasses.replace(made, loss_first=0.1) if len(plan) > 1 else made

    patient = Rising([{GUARD: 0}], gains={SCALE: 0.5})
    assert text(repair(patient, *UNEVEN).plan) == "epsilon-loss 0"


def test_plans_are_compared_after_the_same_number_of_steps() -> None:
    """A short probe of the newcomer is not held against the longer one of the plan in force."""

    class Falling(Patient):
        def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
            self.asked.append(f"{kind} {text(plan)}")
            ran = FULL if steps is None else steps
            start = 1.0 if len(plan) == 1 else 0.5  # the pair is twice as good after every number of steps
            curve = tuple(start * (1 - 0.9 * index / 400) for index in range(0, ran, max(1, ran // 100)))[:100]
            return Attempt(plan, kind, "stable", ran, 1.0, curve[0], curve[-1], curve[-1], curve=curve)

    result = repair(Falling(), *UNEVEN, failed_at=200)
    assert text(result.plan) == "epsilon-loss 0 + rescale-inputs 0"


@pytest.mark.parametrize(
    ("constant", "swings", "held"),
    [(1.0, False, True), (None, False, False), (0.7, False, False), (None, True, True)],
)
def test_a_lucky_first_batch_is_no_measure(constant: float | None, swings: bool, held: bool) -> None:
    """Bounded is what ends within twice the start, or twice the loss of a constant where that is more."""
    baseline = Attempt((), "baseline", "unstable", 10, 1.0, 0.5, math.nan)
    search = Search(
        Patient([{SLOWER: 0}], gains={SLOWER: 1.6}),
        [ladder(SLOWER, 0.9, 1)],
        baseline,
        full=FULL,
        limits=Limits(30),
        useless=False,
        constant=constant,
        swings=swings,
    )
    assert (search.repair().plan is not None) is held


# -- where holding is not enough ------------------------------------------------------------------


def test_a_plan_that_keeps_the_training_finite_and_no_more_makes_way_for_one_that_learns() -> None:
    patient = Patient([{SLOWER: 0}], learns_nothing=frozenset({"lower-learning-rate 0"}))
    result = repair(patient, ladder(SLOWER, 0.9))
    assert patient.asked[-1] == "full lower-learning-rate 1"
    assert text(result.plan) == "lower-learning-rate 1"


def test_a_plan_that_is_finite_but_idle_is_tried_with_a_higher_rate() -> None:
    faster = [Remedy(FASTER, {"level": level, "factor": 3.0}) for level in range(3)]
    patient = Patient(
        [{SCALE: 0}], learns_nothing=frozenset({"rescale-inputs 0", "rescale-inputs 0 + raise-learning-rate 0"})
    )
    result = repair(patient, ladder(SCALE, 0.9, 1), idle=lambda plan: faster)
    assert patient.asked == [
        "full rescale-inputs 0",
        "full rescale-inputs 0 + raise-learning-rate 0",
        "full rescale-inputs 0 + raise-learning-rate 1",
    ]
    assert text(result.plan) == "rescale-inputs 0 + raise-learning-rate 1"


def test_between_a_rate_that_is_too_low_and_one_that_loses_all_the_right_one_is_looked_for() -> None:
    """A probe does not show it: at the right rate, too, the loss stands for a while."""

    class Between(Patient):
        def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
            made = super().attempt(plan, kind=kind, steps=steps)
            fits = kind == "full" and plan[0].parameters["level"] == 0
            return dataclasses.replace(
                made, loss_last=1.0 if fits else 2.0, yardstick=1.0 if fits else 2.0, learnt=fits or kind == "probe",
                passes=fits or kind == "probe",
                learning=had(20.0 if fits else 0.0) if kind == "full" else None,
            )  # fmt: skip

    patient = Between([{FASTER: 0}], useless=True)
    result = repair(patient, ladder(FASTER, 0.99, 3, start=1), learning=had(20.0))
    assert text(result.plan) == "raise-learning-rate 0"
    assert patient.asked[-2:] == ["full raise-learning-rate 1", "full raise-learning-rate 0"]
    never = Between([{FASTER: 0}], useless=True)
    assert repair(never, ladder(FASTER, 0.99, 3, start=1), learning=had(0.0)).plan is None, (
        "it had learnt nothing before"
    )
    assert "full raise-learning-rate 0" not in never.asked


def test_a_rate_whose_probe_ends_above_the_unchanged_training_was_too_fast() -> None:
    class Above(Patient):
        def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
            made = super().attempt(plan, kind=kind, steps=steps)
            loss = 2.1 if kind == "probe" else 1.0
            return dataclasses.replace(made, loss_last=loss, yardstick=loss)

    patient = Above([{FASTER: 0}], useless=True)
    assert text(repair(patient, ladder(FASTER, 0.99, 3, start=1)).plan) == "raise-learning-rate 0"
    assert [each for each in patient.asked if each.startswith("full")] == ["full raise-learning-rate 0"]
    slower = Above([{SLOWER: 0}], useless=True)
    assert text(repair(slower, ladder(SLOWER, 0.99, 3, start=1)).plan) == "lower-learning-rate 1", "the other way round"


def had(signal: float) -> Learning:
    """The record of a training with so much signal."""
    return Learning(state="suspect", reason="short-reach", output=0, rows=100, loss=1.0, constant=2.0, signal=signal)


def test_of_remedies_for_steps_that_are_too_large_the_one_that_gets_further_is_taken() -> None:
    """Clipped, a training may creep where a lower rate arrives; how far one that came to its end comes is known."""
    ladders = [ladder(CLIP, 0.6, 4), ladder(SLOWER, 0.55, 6, start=1)]
    creeps = {"cures": [{CLIP: 0}, {SLOWER: 1}], "gains": {SLOWER: 0.1}}
    assert text(repair(Patient(**creeps), *ladders).plan) == "lower-learning-rate 1"
    assert text(repair(Patient(useless=True, **creeps), *ladders).plan) == "clip-gradients 0"
    arrives = Patient([{CLIP: 0}, {SLOWER: 1}])
    assert text(repair(arrives, *ladders).plan) == "clip-gradients 0"
    assert arrives.asked == ["probe clip-gradients 0", "probe lower-learning-rate 1", "full clip-gradients 0"]
    late = Patient([{CLIP: 0}, {SLOWER: 1}], fails_at=400)
    repair(late, *ladders, failed_at=400)
    assert late.asked == ["probe clip-gradients 0", "full clip-gradients 0"], "there a look costs half of the whole run"


def test_attempts_that_were_made_before_cost_nothing() -> None:
    patient = Patient([{GUARD: 0}], useless=True)
    tried = Attempt(ladder(GUARD, 0.99).strengths[:1], "probe", "stable", 150, 1.0, 2.0, 1.0, 1.0)
    result = repair(patient, ladder(GUARD, 0.99), limits=Limits(1, steps=2 * FULL), tried=[tried])
    assert (text(result.plan), patient.asked) == ("epsilon-loss 0", ["full epsilon-loss 0"])


def test_before_its_end_a_training_is_given_up_for_no_more_than_that_saves() -> None:
    def asked(**further: object) -> list[str]:
        patient = Patient([{SWAP: 1}], useless=True)
        repair(patient, *RESORTS, ladder(SWAP, 0.3), **further)
        return patient.asked

    assert len(asked(saves=0.85)) < len(asked())


def test_of_another_loss_nobody_knows_whether_it_is_better() -> None:
    """Its scale is another: it may be higher, and the training cured all the same."""
    patient = Patient([{SWAP: 0}], useless=True, gains={SWAP: 5.0})
    assert text(repair(patient, ladder(SWAP, 0.4, 1), comparable=lambda plan: False).plan) == "swap-activation 0"
    assert repair(patient, ladder(SWAP, 0.4, 1)).plan is None


def test_where_nothing_learns_what_may_pass_is_the_last_choice() -> None:
    patient = Patient([{SLOWER: 0}], learns_nothing=frozenset(f"lower-learning-rate {level}" for level in range(2)))
    result = repair(patient, ladder(SLOWER, 0.9))
    assert result.plan is not None and result.final is not None and not result.final.learnt
    assert patient.asked[-1] == f"full {text(result.plan)}"


def test_a_last_choice_that_has_learnt_nothing_after_all_is_none() -> None:
    """Judged once more it need not come out the same: two runs of a training differ."""

    class Doubtful(Patient):
        def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
            made = super().attempt(plan, kind=kind, steps=steps)
            again = self.asked.count(f"full {text(plan)}") > 1
            return dataclasses.replace(made, learnt=False, passes=not again) if kind == "full" else made

    patient = Doubtful([{SLOWER: 0}])
    assert repair(patient, ladder(SLOWER, 0.9)).plan is None
    assert patient.asked[-1] == patient.asked[0]


def test_what_held_in_the_probe_and_fails_in_full_gives_way_to_the_next() -> None:
    patient = Patient([{GUARD: 0}, {SCALE: 0}], fails_late=frozenset({"epsilon-loss 0"}), useless=True)
    result = repair(patient, *TWO)
    assert text(result.plan) == "rescale-inputs 0"


def test_a_loss_that_is_no_better_at_the_start_is_settled_by_the_whole_run() -> None:
    """Training losses only order: what the run has learnt decides. Of an unlikely cause a whole run is not worth it."""
    patient = Patient([{SWAP: 0}], useless=True, gains={SWAP: 1.99})
    result = repair(patient, ladder(SWAP, 0.99, 1))
    assert patient.asked == ["probe swap-activation 0", "full swap-activation 0"]
    unlikely = Patient([{SWAP: 0}], useless=True, gains={SWAP: 1.99})
    assert repair(unlikely, ladder(SWAP, 0.4, 1)).plan is None
    assert unlikely.asked == ["probe swap-activation 0"]
    assert result.plan is None, "here its loss was all that there was to go by"


# -- what is tried first --------------------------------------------------------------------------


def test_what_cured_its_kin_is_run_in_full_before_anything_else() -> None:
    known = (Remedy(CLIP, {"level": 1}),)
    patient = Patient([{CLIP: 1}])
    result = repair(patient, *TWO, first=[known])
    assert patient.asked == ["full clip-gradients 1"] and result.plan == known


def test_where_each_try_costs_a_whole_run_what_is_likely_goes_together_at_once() -> None:
    patient = Patient([{GUARD: 0, SCALE: 0, SWAP: 0}])
    repair(patient, *THREE, full=20, failed_at=20, thorough=True)
    assert patient.asked[0] == "full epsilon-loss 0 + rescale-inputs 0 + swap-activation 0"


def followed(patient: Patient, *ladders: Ladder, after: dict[str, str]) -> str:
    """A repair in which `after` tells what comes after a plan that has failed (of names and levels)."""

    def next_of(plan: Plan) -> Plan | None:
        name = after.get(text(plan))
        steps = [] if name is None else [part.rsplit(" ", 1) for part in name.split(" + ")]
        return tuple(Remedy(step, {"level": int(level)}) for step, level in steps) or None

    return text(repair(patient, *ladders, after=next_of).plan)


def test_the_next_place_is_treated_before_anything_else_is_tried() -> None:
    patient = Patient([{GUARD: 0, SCALE: 0}])
    found = followed(patient, *ONE, after={"epsilon-loss 0": "epsilon-loss 0 + rescale-inputs 0"})
    assert patient.asked == ["full epsilon-loss 0", "full epsilon-loss 0 + rescale-inputs 0"]
    assert found == "epsilon-loss 0 + rescale-inputs 0"


def test_what_leads_nowhere_is_left() -> None:
    patient = Patient([{CLIP: 0}])
    assert followed(patient, *ONE, after={"epsilon-loss 0": "epsilon-loss 1"}) == "clip-gradients 0"


# -- limits ---------------------------------------------------------------------------------------


def test_without_a_remedy_nothing_is_attempted() -> None:
    result = repair(Patient())
    assert (result.plan, result.attempts, result.final) == (None, [], None)


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_no_more_attempts_than_allowed(most: int) -> None:
    result = repair(Patient(), *EIGHT, limits=Limits(most))
    assert len(result.attempts) == most
    assert result.plan is None


@pytest.mark.parametrize("most", [1, 2, 3])
def test_the_last_attempt_that_is_allowed_is_the_run_in_full(most: int) -> None:
    result = repair(Patient([{GUARD: 0, SCALE: 0}]), *TWO, limits=Limits(most))
    assert text(result.plan) == "epsilon-loss 0 + rescale-inputs 0"
    assert [attempt.kind for attempt in result.attempts] == ["probe"] * (most - 1) + ["full"]


@pytest.mark.parametrize(("steps", "probes"), [(FULL + 99, 0), (FULL + 110, 1), (FULL + 210, 2)])
def test_no_probe_is_begun_where_the_run_in_full_after_it_could_not_be_paid(steps: int, probes: int) -> None:
    patient = Patient([{GUARD: 0, SCALE: 0}], fails_at=100)
    repair(patient, *TWO, limits=Limits(30, steps=steps))
    assert sum(each.startswith("probe") for each in patient.asked) == probes
    assert sum(each.startswith("full") for each in patient.asked) == (probes > 0)


def test_no_second_run_in_full_is_begun_that_the_budget_does_not_pay() -> None:
    patient = Patient(
        [{GUARD: 0}, {SCALE: 0}], useless=True, fails_late=frozenset({"epsilon-loss 0", "rescale-inputs 0"})
    )
    result = repair(patient, *TWO, limits=Limits(30, steps=3 * FULL))
    assert result.plan is None
    assert sum(each.startswith("full") for each in patient.asked) == 1


def test_once_a_whole_run_has_shown_its_length_the_budget_counts() -> None:
    patient = Patient([{GUARD: 0}], learns_nothing=frozenset(f"epsilon-loss {level}" for level in range(4)))
    result = repair(patient, ladder(GUARD, 0.99, 4), full=None, limits=Limits(30, runs=2.0))
    assert [each for each in patient.asked if each.startswith("full")] == ["full epsilon-loss 0"]
    assert result.final is not None and not result.final.learnt


def test_what_stands_still_is_not_growing() -> None:
    class Still(Patient):
        def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
            made = super().attempt(plan, kind=kind, steps=steps)
            still = text(plan) == "epsilon-loss 0"
            return Attempt(plan, kind, "unstable", steps or FULL, 1.0, 2.0, 2.0, None, "still") if still else made

    patient = Still([{GUARD: 1}])
    assert text(repair(patient, *ONE).plan) == "epsilon-loss 1"
    assert not any("learning-rate" in each for each in patient.asked)


def test_no_attempt_is_started_after_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("autostable.repair.engine.time.monotonic", lambda: float(next(clock)))
    patient = Patient()
    result = repair(patient, *THREE, limits=Limits(30, seconds=25.0))
    assert len(patient.asked) == 2  # at 10 and 20 seconds; not at 30
    assert result.plan is None


# -- whatever the training is ---------------------------------------------------------------------

NAMES = (GUARD, SCALE, TARGETS, SWAP, INIT, NORM, CLIP, SLOWER, FASTER)


@st.composite
def trainings(draw: st.DrawFn) -> tuple[Patient, list[Ladder]]:
    """Remedies with any weights, and a training that one to three of them cure."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    weights = sorted(draw(st.lists(st.floats(0.1, 1.0), min_size=len(names), max_size=len(names))), reverse=True)
    ladders = [ladder(name, weight, draw(st.integers(1, 3))) for name, weight in zip(names, weights, strict=True)]
    needed = draw(st.lists(st.sampled_from(ladders), min_size=1, max_size=3, unique_by=lambda each: each.name))
    place = draw(st.integers(0, len(needed) - 1))  # one of them may have to be stronger than at first
    cure = {each.name: draw(st.integers(0, len(each.strengths) - 1)) if index == place else 0
            for index, each in enumerate(needed)}  # fmt: skip
    return Patient([cure], useless=draw(st.booleans())), ladders


@settings(max_examples=60, deadline=None)
@given(trainings())
def test_a_cure_of_at_most_three_remedies_is_found_if_the_budget_allows_it(
    training: tuple[Patient, list[Ladder]],
) -> None:
    patient, ladders = training
    result = repair(dataclasses.replace(patient, useless=False), *ladders, limits=Limits(10_000))
    assert result.plan is not None and patient.holds(result.plan)
    (cure,) = patient.cures
    assert {step.name for step in result.plan} == set(cure), "nothing in it is needless"


@settings(max_examples=60, deadline=None)
@given(trainings(), st.integers(1, 12), st.integers(0, 6))
def test_the_search_ends_within_its_limits_and_reports_only_what_holds(
    training: tuple[Patient, list[Ladder]], attempts: int, runs: int
) -> None:
    patient, ladders = training
    result = repair(patient, *ladders, limits=Limits(attempts, steps=runs * FULL))
    assert len(result.attempts) <= attempts
    in_full = sum(attempt.steps for attempt in result.attempts if attempt.kind == "full" and attempt.stable)
    assert in_full <= max(1, runs) * FULL
    if result.plan is not None:
        assert result.final is not None and result.final.kind == "full" and result.final.plan == result.plan
        assert patient.holds(result.plan)


@settings(max_examples=30, deadline=None)
@given(trainings())
def test_the_same_evidence_and_outcomes_give_the_same_attempts(training: tuple[Patient, list[Ladder]]) -> None:
    patient, ladders = training
    twice = [dataclasses.replace(patient, asked=[]) for _ in range(2)]
    for each in twice:
        repair(each, *ladders)
    assert twice[0].asked == twice[1].asked
    assert len(set(twice[0].asked)) == len(twice[0].asked), "nothing is run twice"


@pytest.mark.parametrize(
    ("alternatives", "plain", "constant", "second", "asked", "plan"),
    [
        (True, 0.9, 2.0, 0.1, 3, "rescale-inputs 1"),  # 1.6 after the first: a plain model lets expect 0.74
        (True, 0.9, 2.0, 1.59, 3, "rescale-inputs 0"),
        (False, 0.9, 2.0, 0.1, 2, "rescale-inputs 0"),
        (True, 0.55, 2.0, 0.1, 2, "rescale-inputs 0"),  # 0.4 is more than half of 0.77
        (True, 0.6, 2.0, 0.1, 3, "rescale-inputs 1"),  # and less than half of 0.84
        (True, None, 2.0, 0.1, 2, "rescale-inputs 0"),
        (True, 0.9, None, 0.1, 2, "rescale-inputs 0"),
    ],
)
def test_an_alternative_is_tried_where_the_first_is_far_from_what_is_to_be_had(
    alternatives: bool, plain: float | None, constant: float | None, second: float, asked: int, plan: str
) -> None:
    strengths = tuple(Remedy(SCALE, {"level": level, "method": "standard", "inputs": [None]}) for level in range(2))
    scaled = dataclasses.replace(ladder(SCALE, 0.9), strengths=strengths, alternatives=alternatives)
    known = Learning("sick", "no-signal", constant=constant, plain_calibrated=plain)
    baseline = Attempt((), "baseline", "stable", FULL, 1.0, None, 2.0, 2.0, learning=known)
    patient = Patient([{SCALE: 0}], useless=True, drifts=second / 1.6, gains={SCALE: 1.6})
    search = Search(patient, [scaled], baseline, full=FULL, limits=Limits(attempts=40), useless=True)
    assert text(search.repair().plan) == plan
    assert len(patient.asked) == asked


@pytest.mark.parametrize(
    ("plain", "plan"),
    [
        (0.9, "rescale-inputs 0 + raise-learning-rate 0"),  # 1.6 after the first: a plain model lets expect 0.74
        (0.55, "rescale-inputs 0"),  # 0.4 is more than half of 0.77
        (None, "rescale-inputs 0"),
    ],
)
def test_what_is_far_from_what_is_to_be_had_is_tried_with_the_next_remedy_however_unlikely(
    plain: float | None, plan: str
) -> None:
    known = Learning("sick", "no-signal", constant=2.0, plain_calibrated=plain)
    patient = Patient([{SCALE: 0}], useless=True, gains={SCALE: 1.6, FASTER: 0.5})
    result = repair(patient, ladder(SCALE, 0.9), ladder(FASTER, 0.1, 1), learning=known)
    assert text(result.plan) == plan, patient.asked

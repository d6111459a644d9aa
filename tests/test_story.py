"""From the stories of a program's trainings to one report."""

from __future__ import annotations

import dataclasses
import math

import pytest

from autostable.evidence import Evidence, Finding, ModelFacts, Warned
from autostable.records import Attempt, Cause, Code, Remedy, Site, Symptom, Verdict
from autostable.story import Story, mean, report, site_of, stretches, thin

LOG = Site("Log", "loss", "train.py", 8, "tf.math.log(p)")
LAYER = Site(None, None, "train.py", 3, "keras.layers.Dense(3)")
CAUSE = Cause(Code.UNSAFE_LOG, 0.9, "log(0)", LOG)
PLAN = (Remedy("epsilon-loss", {"bound": 1e-7}),)
BASELINE = Attempt((), "baseline", "unstable", 30, 1.0)
FULL_RUN = Attempt(PLAN, "full", "stable", 100, 3.0)

HEALTHY = Story(0, "fit", Verdict.HEALTHY, attempts=(Attempt((), "baseline", "stable", 50, 1.0),), full=50)
REPAIRED = Story(
    1, "fit", Verdict.REPAIRED, Symptom("nonfinite", 29), Finding("Log", "forward", LOG), (CAUSE,),
    plan=PLAN, attempts=(BASELINE, FULL_RUN), full=100,
)  # fmt: skip
UNREPAIRED = dataclasses.replace(REPAIRED, number=2, verdict=Verdict.UNREPAIRED, plan=(), attempts=(BASELINE,))

RAISED = Story(3, "fit", Verdict.FAILED)


@pytest.mark.parametrize(
    ("stories", "failed", "verdict"),
    [
        ((), False, Verdict.UNWATCHED),
        ((), True, Verdict.FAILED),
        ((HEALTHY,), False, Verdict.HEALTHY),
        ((HEALTHY,), True, Verdict.FAILED),  # it trained well and then raised
        ((HEALTHY, REPAIRED), False, Verdict.REPAIRED),
        ((REPAIRED,), True, Verdict.FAILED),
        ((HEALTHY, REPAIRED, UNREPAIRED), False, Verdict.UNREPAIRED),
        ((HEALTHY, RAISED), False, Verdict.HEALTHY),  # the program caught it, as a tuner does
        ((RAISED, REPAIRED), False, Verdict.REPAIRED),
        ((HEALTHY, RAISED), True, Verdict.FAILED),
        ((RAISED,), False, Verdict.FAILED),
        ((UNREPAIRED,), True, Verdict.UNREPAIRED),  # its NaN may be why it raised
    ],
)
def test_the_worst_training_gives_the_verdict(stories: tuple[Story, ...], failed: bool, verdict: Verdict) -> None:
    assert report(stories, target={}, environment={}, failed=failed).verdict is verdict


def test_a_program_that_never_trains_is_told_so() -> None:
    found = report((), target={}, environment={})
    assert found.verdict is Verdict.UNWATCHED
    assert found.notes == ("No training was seen: the program calls neither Keras's fit nor one of its optimizers.",)
    assert report((), target={}, environment={}, failed=True).notes == ()


@pytest.mark.parametrize("failed", [False, True])
def test_what_it_may_have_trained_with_is_named(failed: bool) -> None:
    found = report((), target={}, environment={}, failed=failed, unwatched=("PyTorch", "JAX"))
    assert found.verdict is (Verdict.FAILED if failed else Verdict.UNWATCHED)
    assert found.notes == ("No training was seen: what is trained with PyTorch, JAX is not watched.",)


def test_what_is_watched_in_part_has_the_verdict_of_that_part() -> None:
    found = report((HEALTHY,), target={}, environment={}, unwatched=("PyTorch",))
    assert found.verdict is Verdict.HEALTHY
    assert found.notes[0] == "PyTorch was imported as well: what is trained with it is not watched."


def test_symptom_site_causes_and_plan_are_the_worst_trainings() -> None:
    found = report((HEALTHY, REPAIRED), target={}, environment={}, seconds=1.234)
    assert (found.symptom, found.site, found.causes, found.plan) == (REPAIRED.symptom, LOG, (CAUSE,), PLAN)
    assert found.plans == {"1": PLAN}
    assert "1 of 2 trainings of the program went wrong." in found.notes


def test_the_cost_counts_every_step_of_every_attempt() -> None:
    cost = report((HEALTHY, REPAIRED), target={}, environment={}, seconds=1.234).cost
    assert (cost.steps_total, cost.steps_full_run, cost.ratio, cost.seconds) == (180, 150, 1.2, 1.23)
    assert report((dataclasses.replace(UNREPAIRED, full=0),), target={}, environment={}).cost.ratio == 0.0


def test_causes_of_a_healthy_training_are_only_warnings() -> None:
    story = dataclasses.replace(HEALTHY, causes=(CAUSE,), warnings=(CAUSE,))
    found = report((story,), target={}, environment={})
    assert (found.causes, found.warnings) == ((), (CAUSE,))


def test_warnings_of_all_trainings_are_told_once_for_each_place() -> None:
    other = dataclasses.replace(CAUSE, evidence="the same of another fold")
    elsewhere = dataclasses.replace(CAUSE, site=LAYER)
    stories = [
        dataclasses.replace(HEALTHY, number=at, warnings=(each,)) for at, each in enumerate([CAUSE, other, elsewhere])
    ]
    assert report(stories, target={}, environment={}).warnings == (CAUSE, elsewhere)
    assert report((*stories, REPAIRED), target={}, environment={}).warnings == (CAUSE, elsewhere)


def test_notes_are_not_repeated() -> None:
    story = dataclasses.replace(HEALTHY, notes=("merely slow",))
    again = dataclasses.replace(story, number=1)
    assert report((story, again), target={}, environment={}).notes == ("merely slow",)


def test_the_site_is_the_operation_or_where_a_built_in_layer_is_made() -> None:
    assert site_of(REPAIRED) == LOG
    finding = Finding("Softmax", "forward", LOG, "attention", "Attention", builtin=True, layer_site=LAYER)
    assert site_of(dataclasses.replace(REPAIRED, finding=finding)) == Site(
        "Softmax", "attention", "train.py", 3, "keras.layers.Dense(3)"
    )
    nowhere = dataclasses.replace(REPAIRED, finding=None, causes=(dataclasses.replace(CAUSE, site=None), CAUSE))
    assert site_of(nowhere) == LOG


def test_a_fault_of_the_data_shows_where_they_are_trained_on_or_where_bad_numbers_arose() -> None:
    """The cause has the line that makes the data."""
    trained, made = Site(None, None, "train.py", 9, "model.fit(x)"), Site(None, None, "train.py", 2, "x = 1 / y")
    cause = Cause(Code.DATA_UNSCALED_INPUTS, 0.9, "x is raw", LAYER)
    evidence = Evidence(Symptom("useless", 9), model=ModelFacts("m", fit_site=trained))
    story = dataclasses.replace(REPAIRED, finding=None, causes=(cause,), evidence=evidence)
    assert site_of(story) == trained
    warned = dataclasses.replace(story, evidence=dataclasses.replace(evidence, warned=Warned("divide by zero", made)))
    assert site_of(warned) == trained  # an overflow in numbers that are the training's own
    assert site_of(dataclasses.replace(warned, causes=(dataclasses.replace(cause, code=Code.DATA_NONFINITE),))) == made
    layer = dataclasses.replace(CAUSE, code=Code.DEAD_RELU, site=LOG)
    assert site_of(dataclasses.replace(story, causes=(cause, layer))) == LOG


def test_thinning_keeps_both_ends_and_the_order() -> None:
    assert thin([1.0, 2.0]) == (1.0, 2.0)
    kept = thin(range(10_000), 7)
    assert len(kept) == 7 and (kept[0], kept[-1]) == (0, 9999)
    assert list(kept) == sorted(kept)


def test_stretches_are_means_of_equal_parts() -> None:
    assert stretches([]) == ()
    assert stretches([1.0, 2.0], 100) == (1.0, 2.0)
    assert stretches([1.0, 3.0, 5.0, 7.0], 2) == (2.0, 6.0)
    assert len(stretches([1.0] * 12_345)) == 100
    broken = stretches([1.0, 1.0, math.nan, 1.0], 2)
    assert broken[0] == 1.0 and math.isnan(broken[1])


def test_the_mean_of_what_is_not_finite_is_not_finite() -> None:
    assert mean([]) is None
    assert mean([1.0, 2.0]) == 1.5
    for bad in (math.nan, math.inf, -math.inf):
        value = mean([1.0, bad])
        assert value is not None and not math.isfinite(value)

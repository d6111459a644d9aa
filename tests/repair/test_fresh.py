"""Repairs by fresh runs: what counts as a cure of a training that learnt too little, and what a suspect comes to."""

import dataclasses

import pytest

from autostable.evidence import Evidence, Finding, LayerFacts, ModelFacts
from autostable.judgement import cure
from autostable.orders import Orders
from autostable.records import Attempt, Cause, Code, Learning, Symptom, Verdict
from autostable.repair import fresh
from autostable.story import Story

BASELINE = Learning("suspect", "short-reach", loss=1.0, constant=1.1, skill=0.1, calibrated=0.1, plain_calibrated=0.8)


def learning(loss, state="healthy", reason="learnt", **fields):
    skill = 1 - loss / 1.1
    return Learning(state, reason, loss=loss, constant=1.1, skill=skill, calibrated=skill, **fields)


def story(baseline=BASELINE, finding=None):
    """A loop that came to its end: sick, or a suspect."""
    symptom = Symptom("useless", 100, None, "loss", {"judged": "a plain model reaches more"})
    cause = Cause(Code.LEARNING_RATE_TOO_HIGH, 0.9, "SGD runs at 5")
    layer = LayerFacts("dense", "Dense")
    evidence = Evidence(symptom, kind="loop", model=ModelFacts(layers=(layer,), optimizer="SGD", learning_rate=5.0))
    attempt = Attempt((), "baseline", "stable", 100, 1.0, 1.2, 1.0, 1.0, learning=baseline)
    verdict = Verdict.HEALTHY if baseline.state == "suspect" else Verdict.UNREPAIRED
    return Story(
        number=0, kind="loop", verdict=verdict, symptom=symptom, finding=finding, causes=(cause,),
        attempts=(attempt,), evidence=evidence, asks_fresh=True,
    )  # fmt: skip


class Runs:
    """A program whose every plan ends with the same record."""

    def __init__(self, record):
        self._record, self.again = record, 0

    def attempt(self, plan, *, kind, steps, goes_on=None):
        return Attempt(plan, kind, "stable", steps or 100, 1.0, 1.0, 0.5, 0.5, learning=None if steps else self._record)

    def rerun(self, orders):
        self.again += 1
        assert not orders.repair
        return ()


def repaired(record, **fields):
    runs = Runs(record)
    return fresh.repaired(runs, story(**fields), Orders(), runs.rerun), runs


@pytest.mark.parametrize(("full", "steps"), [(100, 50), (0, 220)])
def test_the_length_of_a_loop_that_came_to_its_end_is_known(full, steps):
    """It was worse at its end than before: a probe is half as long. Of one that was cut short nothing is known."""
    asked = []

    class Noted(Runs):
        def attempt(self, plan, *, kind, steps, goes_on=None):
            asked.append(steps)
            return super().attempt(plan, kind=kind, steps=steps)

    diverged = dataclasses.replace(
        story(dataclasses.replace(BASELINE, state="sick")),
        symptom=Symptom("diverged", 100, None, "loss", {}),
        full=full,
    )
    runs = Noted(learning(0.2))
    told = fresh.repaired(runs, diverged, Orders(), runs.rerun)
    assert told.verdict is Verdict.REPAIRED and asked[0] == steps


def test_a_plan_that_changes_the_state_of_a_suspect_repairs_it():
    told, runs = repaired(learning(0.2))
    assert told.verdict is Verdict.REPAIRED and told.symptom is not None and runs.again == 0


UNCHANGED = {
    "as little": learning(0.95),
    "still beaten": learning(0.3, "suspect", "short-reach"),
    "nothing known": None,
    "still falling": learning(0.3, reason="still-falling"),
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_a_suspect_that_no_plan_cures_is_healthy_and_its_own_run_is_the_last(name):
    told, runs = repaired(UNCHANGED[name])
    assert told.verdict is Verdict.HEALTHY and told.symptom is None and not told.causes and not told.plan
    assert [cause.code for cause in told.warnings] == [Code.LEARNING_RATE_TOO_HIGH]
    assert told.notes[0] == "A plain model reaches more." and runs.again == 1
    assert len(told.attempts) > 1


def test_what_overflowed_needs_nobody_to_vouch_for_it():
    """Where no plain model finds anything, a plan under which the training learns is believed only beside a finding."""
    silent = Learning("suspect", "fault", loss=1.1, constant=1.1, skill=0.0, calibrated=0.0)
    found = Finding(op="Square", born="forward")
    assert repaired(learning(0.1), baseline=silent)[0].verdict is Verdict.HEALTHY
    assert repaired(learning(0.1), baseline=silent, finding=found)[0].verdict is Verdict.REPAIRED


def test_a_sick_training_is_unrepaired_where_no_plan_changes_its_state():
    sick = Learning("sick", "no-skill", loss=1.2, constant=1.1, skill=-0.1, calibrated=0.0, plain_calibrated=0.8)
    told, runs = repaired(learning(1.15, "sick", "no-skill"), baseline=sick)
    assert told.verdict is Verdict.UNREPAIRED and told.symptom is not None and runs.again == 0
    assert repaired(learning(0.2), baseline=sick)[0].verdict is Verdict.REPAIRED


def test_gains_between_runs_are_counted_in_the_loss_or_calibrated_where_the_plan_changes_it():
    better = learning(0.2)
    assert cure.between(BASELINE, better, same_loss=True).figure == pytest.approx((1.0 - 0.2) / 1.1)
    assert cure.between(BASELINE, better, same_loss=False).figure == pytest.approx((better.calibrated - 0.1) / 0.8)
    assert cure.between(None, better, same_loss=True).unknown and cure.between(BASELINE, None, same_loss=True).unknown


def test_a_plan_that_takes_away_augmentation_needs_unseen_rows():
    better = dataclasses.replace(BASELINE, state="healthy", reason="learnt", loss=0.2, calibrated=0.9, skill=0.8)

    def told(before, after):
        pair = (
            dataclasses.replace(each, unseen_calibrated=skill) for each, skill in ((BASELINE, before), (better, after))
        )
        return cure.between(*pair, same_loss=False, takes_away=True)

    assert told(None, None).no and told(0.1, None).no
    assert told(0.1, 0.9).yes and told(0.5, 0.5).no


def test_what_is_sick_goes_before_what_is_suspect_and_what_waits_in_vain_is_healthy():
    suspect = story()
    sick = dataclasses.replace(suspect, number=1, verdict=Verdict.UNREPAIRED)
    assert fresh.waiting([suspect, sick]) is sick and fresh.waiting([suspect]) is suspect
    assert fresh.waiting([dataclasses.replace(suspect, asks_fresh=False)]) is None
    first, second = fresh.settled([suspect, sick])
    assert second is sick and (first.verdict, first.symptom, first.asks_fresh) == (Verdict.HEALTHY, None, False)
    assert first.notes == ("A plain model reaches more.",)

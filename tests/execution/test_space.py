"""The strengths of plans as a space; what a run of the program counts for. No TensorFlow."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from autostable.evidence import ArrayFacts, Evidence, Finding, LayerFacts, ModelFacts
from autostable.execution.job import Outcome
from autostable.execution.space import Space, score, space_of
from autostable.execution.tuning import NOTHING, Journal, Trial, _trial_of, tuned
from autostable.orders import Orders
from autostable.records import Attempt, Plan, Remedy, Site, Symptom, Verdict
from autostable.repair.ladders import alternatives, strengths_of
from autostable.story import Story

LINE = Site("Log", "loss", "train.py", 8, "tf.math.log(p)")
EVIDENCE = Evidence(
    Symptom("nonfinite", 3),
    finding=Finding("Log", "forward", LINE, in_loss=True, input_low=0.0, input_high=1.0),
    inputs=(ArrayFacts("x", (400, 2), "float32", 400, mean=(900.0, 0.0), std=(400.0, 0.9), median=(880.0, 0.0),
                       iqr=(600.0, 1.2), low=(10.0, -2.5), high=(4000.0, 2.9), distinct=800),),
    model=ModelFacts(
        layers=(
            LayerFacts("dense", "Dense", "relu", "GlorotUniform", 8, weight=1.0, site=LINE),
            LayerFacts("out", "Dense", "linear", "GlorotUniform", 1, is_output=True, site=LINE),
        ),
        loss="custom", optimizer="SGD", learning_rate=3.0, fit_site=LINE, optimizer_site=LINE,
    ),
)  # fmt: skip
RATES = strengths_of("lower-learning-rate", EVIDENCE)
CLIPS = strengths_of("clip-gradients", EVIDENCE)
GUARDS = strengths_of("epsilon-loss", EVIDENCE)


def story(*plan: Remedy, number: int = 0, loss: float | None = 0.5, evidence: Evidence | None = EVIDENCE) -> Story:
    attempts = () if loss is None else (Attempt(plan, "full", "stable", 48, 1.0, yardstick=loss),)
    return Story(number, "fit", Verdict.REPAIRED, plan=plan, evidence=evidence, attempts=attempts)


def test_each_remedy_with_several_strengths_is_a_dial() -> None:
    space = space_of([story(RATES[1], CLIPS[0])])
    assert [(dial.strengths, dial.found) for dial in space.dials] == [(RATES, 1), (CLIPS, 0)]
    assert space.size == len(RATES) * len(CLIPS)
    assert len({dial.name for dial in space.dials}) == 2


def test_points_begin_at_the_found_plan_and_go_outwards_each_once() -> None:
    space = space_of([story(RATES[1], CLIPS[0])])
    points = list(space.points())
    assert len(points) == space.size == len({tuple(point.items()) for point in points})
    assert space.plans(points[0]) == dict(space.found) == {"0": (RATES[1], CLIPS[0])}
    near = [space.plans(point)["0"] for point in points[1:4]]
    assert sorted(map(str, near)) == sorted(
        map(str, [(RATES[0], CLIPS[0]), (RATES[2], CLIPS[0]), (RATES[1], CLIPS[1])])
    )


def test_trainings_keep_their_own_plans() -> None:
    space = space_of([story(RATES[1]), story(number=1), story(RATES[2], number=2)])
    assert set(space.found) == {"0", "2"} and len(space.dials) == 2
    levels = {space.dials[0].name: 0, space.dials[1].name: 3}
    assert space.plans(levels) == {"0": (RATES[0],), "2": (RATES[3],)}


def test_a_strength_that_changes_what_the_loss_measures_is_not_searched() -> None:
    assert len(GUARDS) > 1
    assert space_of([story(GUARDS[0])]).dials == ()
    assert [dial.place for dial in space_of([story(GUARDS[0], RATES[0])]).dials] == [1]


def test_without_evidence_there_is_nothing_to_search() -> None:
    assert space_of([story(RATES[1], evidence=None)]).dials == ()


def test_a_strength_of_its_own_is_one_of_the_alternatives() -> None:
    own = Remedy("lower-learning-rate", {"factor": 0.05})
    assert alternatives((own,), 0, EVIDENCE) == (own, *RATES)
    assert alternatives((RATES[2],), 0, EVIDENCE) == RATES
    assert space_of([story(own)]).dials[0].found == 0


@pytest.mark.parametrize(
    ("found", "now", "expected"),
    [
        ({"0": 2.0}, {"0": 1.0}, -0.5),
        ({"0": -2.0}, {"0": -3.0}, -0.5),  # a log-likelihood
        ({"0": 2.0, "1": 1.0}, {"0": 1.0, "1": 2.0}, 0.25),
    ],
)
def test_scores_compare_with_the_found_plan(found: dict[str, float], now: dict[str, float], expected: float) -> None:
    assert score(found, now) == pytest.approx(expected)


PLAN: Plan = (RATES[1],)


def outcome(ended: str = "finished", verdict: Verdict = Verdict.REPAIRED, **attempt: object) -> Outcome:
    made = dataclasses.replace(Attempt(PLAN, "full", "stable", 48, 1.0, yardstick=0.5), **attempt)  # type: ignore[arg-type]
    return Outcome(ended, 0, (Story(0, "fit", verdict, plan=PLAN, attempts=(made,)),))


def test_a_run_that_holds_has_yardsticks() -> None:
    trial = _trial_of(outcome(), {"0": PLAN}, 1.0)
    assert (trial.why, trial.yardsticks()) == ("", {"0": 0.5})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (outcome("unstable", Verdict.UNREPAIRED, outcome="unstable", why="non-finite loss"), "non-finite loss"),
        (outcome(outcome="unstable", why="it rises"), "it rises"),
        (outcome("raised"), "the script raised"),
        (Outcome("died", 137), "the script died"),
        (Outcome("finished", 0), "no training was seen"),
        (outcome(yardstick=float("inf")), ""),  # keras-tuner would take it for a score
    ],
)
def test_a_run_that_does_not_hold_has_none(given: Outcome, why: str) -> None:
    trial = _trial_of(given, {"0": PLAN}, 1.0)
    assert (trial.why, trial.yardsticks()) == (why, None)
    assert trial.attempts["0"].plan == PLAN and trial.attempts["0"].kind == "full"


def test_a_journal_is_read_back_and_a_damaged_one_is_empty(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new" / "trials.json")
    trial = _trial_of(outcome(), {"0": PLAN}, 1.0)
    journal.add(trial)
    again = Journal(tmp_path / "new" / "trials.json")
    assert again.trials == [trial] and again.earlier == 1
    assert again.of({"0": (RATES[1],)}) == trial and again.of({"0": (RATES[2],)}) is None
    (tmp_path / "new" / "trials.json").write_text(json.dumps([{"plans": 3}]))
    assert Journal(tmp_path / "new" / "trials.json").trials == []


@pytest.mark.parametrize("sick", [story(GUARDS[0]), story(RATES[1], loss=None), story(RATES[1], loss=float("nan"))])
def test_where_nothing_can_be_compared_nothing_is_run(tmp_path: Path, sick: Story) -> None:
    def rerun(orders: Orders, quiet: bool) -> Outcome:
        raise AssertionError

    found = tuned([sick], rerun, Orders(), runs=5, folder=tmp_path, identity=None)
    assert found.note == NOTHING and found.stories == [sick] and not list(tmp_path.iterdir())


def test_a_trial_without_a_training_that_had_a_plan_has_no_yardsticks() -> None:
    assert (
        Trial({"0": PLAN, "1": PLAN}, {"0": Attempt(PLAN, "full", "stable", 1, 0.1, yardstick=1.0)}).yardsticks()
        is None
    )


def test_an_empty_space_has_one_point() -> None:
    assert (Space({}, ()).size, list(Space({}, ()).points())) == (1, [{}])

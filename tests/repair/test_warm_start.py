from __future__ import annotations

import dataclasses

import pytest

from autostable.evidence import ArrayFacts, Evidence, LayerFacts, ModelFacts
from autostable.records import Attempt, Cause, Code, Remedy, Symptom, Verdict, from_json, to_json
from autostable.repair.ladders import strengths_of
from autostable.repair.warm_start import Kin, Lesson, Step, drawn_up, families, lessons, recipe_of, stronger
from autostable.story import Story

LOWER, CLIP = (Step("lower-learning-rate", 1),), (Step("clip-gradients", 0),)


def test_what_cured_kin_comes_first():
    kin = Kin([Lesson(("fast",), CLIP, False), Lesson(("fast",), LOWER, True), Lesson(("slow",), CLIP, True)])
    assert kin.recipes(("fast",)) == [LOWER]
    assert kin.recipes(("unknown", "slow")) == [CLIP]
    assert kin.recipes(("unknown",)) == []


def test_the_more_promising_first_and_failures_are_given_up():
    kin = Kin([Lesson(("fast",), CLIP, True), *[Lesson(("fast",), LOWER, True)] * 3])
    assert kin.recipes(("fast",)) == [LOWER, CLIP]
    for _ in range(3):
        kin.learn(Lesson(("fast",), CLIP, False))
    assert kin.recipes(("fast",)) == [LOWER]


def test_families_from_close_to_far():
    causes = (
        Cause(Code.DATA_UNSCALED_INPUTS, 0.9, ""),
        Cause(Code.DEAD_RELU, 0.51, ""),
        Cause(Code.EMPTY_MASK, 0.5, ""),
    )
    assert families(Symptom("nonfinite", 3), causes) == (
        "nonfinite: data-unscaled-inputs+dead-relu",
        "data-unscaled-inputs+dead-relu",
        "data-unscaled-inputs",
    )
    assert families(Symptom("stalled", 3), ()) == ("stalled",)


def test_a_remedy_off_the_ladder_keeps_its_parameters():
    evidence = Evidence(Symptom("nonfinite", 0))
    step = Step("lower-learning-rate", None, {"factor": 0.123})
    assert drawn_up((step,), evidence) == (Remedy("lower-learning-rate", {"factor": 0.123}),)


def test_a_remedy_that_needs_another_first_is_drawn_up_for_the_layers_at_hand():
    def trial(layers):
        raw = ArrayFacts(
            "x", (64, 1), "float32", 64, mean=(3e4,), std=(1e3,), median=(3e4,), iqr=(1e3,), low=(2e4,), high=(4e4,)
        )
        found = tuple(LayerFacts(f"lstm_{n}", "LSTM", activation="relu", recurrent=True) for n in range(layers))
        return Evidence(Symptom("useless", 14), inputs=(raw,), model=ModelFacts(layers=found))

    plan = (
        strengths_of("rescale-inputs", trial(1))[0],
        Remedy("swap-activation", {"activations": {"lstm_0": "tanh"}, "initializers": {}}),
    )
    recipe = recipe_of(plan, trial(1))
    assert [step.level for step in recipe] == [0, 0]
    assert drawn_up(recipe, trial(2))[1].parameters["activations"] == {"lstm_0": "tanh", "lstm_1": "tanh"}


@pytest.mark.parametrize(
    "lesson", [Lesson(("a", "b"), LOWER, True), Lesson((), (Step("x", None, {"f": [1.5]}),), False)]
)
def test_json_both_ways(lesson):
    assert from_json(to_json(lesson), Lesson) == lesson


def test_a_worse_case_of_the_same_kind():
    assert stronger((*LOWER, *CLIP)) == (Step("lower-learning-rate", 2), *CLIP)


def test_lessons_are_what_cured_and_what_was_run_in_full_in_vain():
    evidence, symptom = Evidence(Symptom("nonfinite", 3)), Symptom("nonfinite", 3)
    cured, vain = (
        (Remedy("lower-learning-rate", {"factor": 0.123}),),
        (Remedy("clip-gradients", {"global_clipnorm": 7.0}),),
    )
    attempts = (
        Attempt((), "baseline", "unstable", 4, 1.0),
        Attempt(vain, "probe", "unstable", 4, 1.0),
        Attempt(vain, "full", "unstable", 9, 1.0),
        Attempt(cured, "full", "stable", 90, 1.0),
    )
    story = Story(
        number=0, kind="fit", verdict=Verdict.REPAIRED, symptom=symptom, plan=cured, attempts=attempts, evidence=evidence,
        causes=(Cause(Code.UNSAFE_LOG, 0.9, ""),),
    )  # fmt: skip
    names = ("nonfinite: unsafe-log", "unsafe-log")
    assert lessons(story) == [
        Lesson(names, (Step("clip-gradients", None, {"global_clipnorm": 7.0}),), cured=False),
        Lesson(names, (Step("lower-learning-rate", None, {"factor": 0.123}),), cured=True),
    ]
    assert lessons(dataclasses.replace(story, evidence=None)) == []
    assert lessons(dataclasses.replace(story, symptom=None)) == []

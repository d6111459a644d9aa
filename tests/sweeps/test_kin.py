from __future__ import annotations

import pytest

from autostable.evidence import Evidence
from autostable.kin import Kin, Lesson, Step, drawn_up, families, stronger
from autostable.records import Cause, Code, Remedy, Symptom, from_json, to_json

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
        Cause(Code.DEAD_RELU, 0.5, ""),
        Cause(Code.EMPTY_MASK, 0.2, ""),
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


@pytest.mark.parametrize(
    "lesson", [Lesson(("a", "b"), LOWER, True), Lesson((), (Step("x", None, {"f": [1.5]}),), False)]
)
def test_json_both_ways(lesson):
    assert from_json(to_json(lesson), Lesson) == lesson


def test_a_worse_case_of_the_same_kind():
    assert stronger((*LOWER, *CLIP)) == (Step("lower-learning-rate", 2), *CLIP)

"""From ranked causes to ranked remedies."""

from __future__ import annotations

import dataclasses
import math

import pytest

from autostable import registry
from autostable.evidence import ArrayFacts, Course, Evidence, Finding, LayerFacts, ModelFacts, WindowFacts
from autostable.prescription import LAST_RESORTS, REMEDIES, prescribe, strengths_of
from autostable.records import Cause, Code, Remedy, Site, Symptom

LINE = Site("Log", "loss", "train.py", 8, "tf.math.log(p)")
EVIDENCE = Evidence(
    Symptom("nonfinite", 3),
    finding=Finding("Log", "forward", LINE, in_loss=True, input_low=0.0, input_high=1.0),
    inputs=(
        ArrayFacts(
            "x", (400, 2), "float32", 400, mean=(900.0, 0.0), std=(400.0, 0.9), median=(880.0, 0.0), iqr=(600.0, 1.2),
            low=(10.0, -2.5), high=(4000.0, 2.9), distinct=800,
        ),
    ),
    model=ModelFacts(
        layers=(
            LayerFacts("dense", "Dense", "relu", "GlorotUniform", 8, weight=1.0, site=LINE),
            LayerFacts("out", "Dense", "linear", "GlorotUniform", 1, is_output=True, site=LINE),
        ),
        loss="custom", optimizer="SGD", learning_rate=0.01, fit_site=LINE, optimizer_site=LINE,
    ),
)  # fmt: skip


def cause(code: Code, confidence: float) -> Cause:
    return Cause(code, confidence, "")


def names(causes: list[Cause], evidence: Evidence = EVIDENCE, **chosen: tuple[str, ...]) -> list[str]:
    return [ladder.name for ladder in prescribe(causes, evidence, **chosen)]


def test_every_cause_has_remedies_and_all_of_them_exist() -> None:
    assert set(REMEDIES) == set(Code)
    used = {name for remedies in REMEDIES.values() for name in remedies}
    assert used <= set(registry.remedies())
    assert set(LAST_RESORTS) <= set(registry.remedies())


def test_the_prescription_agrees_with_what_remedies_say_they_cure() -> None:
    for code, remedies in REMEDIES.items():
        for name in remedies:
            assert code in registry.remedy(name).cures, f"{name} does not say that it cures {code}"


def test_the_best_cause_comes_first_and_the_last_resorts_last() -> None:
    found = names([cause(Code.UNSAFE_LOG, 0.9), cause(Code.DATA_UNSCALED_INPUTS, 0.7)])
    assert found == ["epsilon-loss", "rescale-inputs", "lower-learning-rate", "clip-gradients", "skip-bad-updates"]


def test_within_a_cause_the_first_remedy_weighs_most() -> None:
    ladders = {ladder.name: ladder for ladder in prescribe([cause(Code.LEARNING_RATE_TOO_HIGH, 0.8)], EVIDENCE)}
    assert ladders["lower-learning-rate"].weight == pytest.approx(0.8)
    assert ladders["clip-gradients"].weight == pytest.approx(0.64)


def test_a_remedy_of_two_causes_stands_once_with_the_better_weight() -> None:
    causes = [cause(Code.LEARNING_RATE_TOO_HIGH, 0.3), cause(Code.GRADIENT_EXPLOSION, 0.9)]
    ladders = [ladder for ladder in prescribe(causes, EVIDENCE) if ladder.name == "clip-gradients"]
    assert [(ladder.cause, ladder.weight) for ladder in ladders] == [(Code.GRADIENT_EXPLOSION, pytest.approx(0.72))]


def test_what_does_not_apply_is_left_out() -> None:
    scaled = dataclasses.replace(EVIDENCE, finding=None)
    assert "epsilon-loss" not in names([cause(Code.UNSAFE_LOG, 0.9)], scaled)


def test_the_last_resorts_are_for_what_is_not_finite_only() -> None:
    useless = dataclasses.replace(EVIDENCE, symptom=Symptom("useless", 100))
    assert names([cause(Code.DATA_UNSCALED_INPUTS, 0.9)], useless) == ["rescale-inputs"]
    assert names([], EVIDENCE) == list(LAST_RESORTS)


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        (("epsilon-loss",), (), ["epsilon-loss"]),
        (("unsafe-log",), (), ["epsilon-loss"]),
        ((), ("epsilon-loss", "clip-gradients"), ["rescale-inputs", "lower-learning-rate", "skip-bad-updates"]),
        ((), ("unsafe-log", "lower-learning-rate", "clip-gradients", "skip-bad-updates"), ["rescale-inputs"]),
        (("epsilon-loss",), ("epsilon-loss",), []),
    ],
)
def test_select_and_ignore_take_remedies_and_causes(
    select: tuple[str, ...], ignore: tuple[str, ...], expected: list[str]
) -> None:
    causes = [cause(Code.UNSAFE_LOG, 0.9), cause(Code.DATA_UNSCALED_INPUTS, 0.7)]
    assert names(causes, select=select, ignore=ignore) == expected


def test_strengths_are_plan_entries_and_none_for_the_unknown() -> None:
    found = strengths_of("lower-learning-rate", EVIDENCE)
    assert len(found) > 1 and all(isinstance(entry, Remedy) for entry in found)
    assert strengths_of("no-such-remedy", EVIDENCE) == ()


def test_a_bad_step_out_of_a_calm_course_is_skipped_before_anything_vague() -> None:
    calm = Course(40, 400, (*(1.0 - 0.01 * step for step in range(39)), math.inf))
    wild = Course(40, 400, (*(1.2**step for step in range(39)), math.inf))
    vague = [cause(Code.LEARNING_RATE_TOO_HIGH, 0.62)]

    def rank(course: Course, causes: list[Cause]) -> int:
        evidence = dataclasses.replace(EVIDENCE, course=course, symptom=Symptom("nonfinite", 39))
        return names(causes, evidence).index("skip-bad-updates")

    assert rank(calm, vague) < rank(wild, vague)
    assert rank(calm, [cause(Code.UNSAFE_LOG, 0.9)]) > 1


def test_an_epsilon_of_zero_calls_for_a_larger_one() -> None:
    update = Finding("RealDiv", "update", layer="adam", layer_kind="Adam", builtin=True)
    model = ModelFacts(optimizer="Adam", learning_rate=1e-3, epsilon=0.0)
    evidence = dataclasses.replace(EVIDENCE, finding=update, model=model)
    assert names([cause(Code.UNSAFE_DIVISION, 0.93)], evidence)[0] == "raise-optimizer-epsilon"


def test_negative_numbers_are_made_positive_before_their_logarithm_is_bounded() -> None:
    assert EVIDENCE.finding is not None
    causes = [cause(Code.UNSAFE_LOG, 0.9), cause(Code.OUTPUT_ACTIVATION_MISMATCH, 0.8)]
    negative = dataclasses.replace(EVIDENCE.finding, input_low=-0.5, fed_by="dense")
    model = dataclasses.replace(
        EVIDENCE.model,
        layers=(dataclasses.replace(EVIDENCE.model.layers[0], activation="linear"), EVIDENCE.model.layers[1]),
    )
    evidence = dataclasses.replace(EVIDENCE, finding=negative, model=model)
    assert names(causes, evidence)[:2] == ["fix-output-activation", "epsilon-loss"]
    assert names(causes)[0] == "epsilon-loss"


def test_bare_variables_have_no_boundary_at_which_data_could_be_changed() -> None:
    causes = [cause(Code.DATA_UNSCALED_INPUTS, 0.8), cause(Code.LEARNING_RATE_TOO_HIGH, 0.6)]
    model = ModelFacts(optimizer="SGD", learning_rate=0.01)
    loop = dataclasses.replace(EVIDENCE, kind="loop", finding=None, model=model)
    assert "rescale-inputs" in names(causes, dataclasses.replace(loop, kind="fit"))
    assert set(names(causes, loop)) == {
        "lower-learning-rate", "clip-gradients", "warm-up-learning-rate", "skip-bad-updates",
    }  # fmt: skip


def test_differenced_windows_take_the_place_of_both_rescalings() -> None:
    outputs = LayerFacts("out", "Dense", "linear", "GlorotUniform", 1, is_output=True, site=LINE)
    evidence = dataclasses.replace(
        EVIDENCE, finding=None, windows=WindowFacts(0, 30.0, 400.0, 90.0, 3),
        targets=(dataclasses.replace(EVIDENCE.inputs[0], name="y", shape=(400,), mean=(900.0,), std=(400.0,)),),
        model=dataclasses.replace(EVIDENCE.model, layers=(outputs,), loss="mean_squared_error"),
    )  # fmt: skip
    causes = [cause(Code.DATA_UNSCALED_INPUTS, 0.9), cause(Code.DATA_UNSCALED_TARGETS, 0.86)]
    ladders = prescribe(causes, evidence)
    assert ladders[0].name == "difference-windows"
    assert (ladders[0].weight, ladders[0].cause) == (0.9, Code.DATA_UNSCALED_INPUTS)
    assert not {"rescale-inputs", "rescale-targets"} & {ladder.name for ladder in ladders}
    without = prescribe(causes, dataclasses.replace(evidence, windows=None))
    assert [ladder.name for ladder in without[:2]] == ["rescale-inputs", "rescale-targets"]

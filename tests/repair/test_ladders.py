"""From ranked causes to ranked remedies."""

from __future__ import annotations

import dataclasses
import math

import pytest

from autostable import registry
from autostable.diagnosis import diagnose
from autostable.evidence import ArrayFacts, Course, Evidence, Finding, LayerFacts, ModelFacts, Remainder, WindowFacts
from autostable.records import Cause, Code, Remedy, Site, Symptom
from autostable.repair import ladders
from autostable.repair.ladders import (
    FOR_WANT_OF_A_CAUSE,
    LAST_RESORTS,
    RATES,
    REMEDIES,
    RESCALING,
    prescribe,
    strengths_of,
    under,
    when_idle,
    with_plan,
)
from autostable.testing import SAMPLES

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


def test_batches_of_one_class_are_mixed_before_averages_are_steadied() -> None:
    labels = ArrayFacts(
        "y", (800,), "int64", 800, low=(0.0,), high=(3.0,), distinct=4, integers=True, stretches=4, batches=40
    )
    layers = (LayerFacts("normal", "BatchNormalization", momentum=0.99), *EVIDENCE.model.layers)
    model = dataclasses.replace(EVIDENCE.model, layers=layers)
    sorted_by_class = Evidence(Symptom("useless", None), targets=(labels,), model=model)
    assert names([cause(Code.BATCHNORM_STATISTICS, 0.85)], sorted_by_class)[0] == "shuffle-rows"
    mixed = dataclasses.replace(sorted_by_class, targets=(dataclasses.replace(labels, stretches=500),))
    assert "shuffle-rows" not in names([cause(Code.BATCHNORM_STATISTICS, 0.85)], mixed)


def test_a_remedy_is_for_the_cause_that_it_is_the_first_for() -> None:
    """What comes after another one for a surer cause hardly ever cures."""
    diverged = dataclasses.replace(EVIDENCE, symptom=Symptom("diverged", 9), finding=None)
    found = prescribe([cause(Code.GRADIENT_EXPLOSION, 0.95), cause(Code.LEARNING_RATE_TOO_HIGH, 0.55)], diverged)
    causes = {ladder.name: ladder.cause for ladder in found}
    assert causes["clip-gradients"] is Code.GRADIENT_EXPLOSION
    assert causes["lower-learning-rate"] is Code.LEARNING_RATE_TOO_HIGH


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


SMALL = dataclasses.replace(EVIDENCE, inputs=(), finding=None, remainder=Remainder(1, 16))
BOUNDED = dataclasses.replace(SMALL, finding=EVIDENCE.finding)
CALM = dataclasses.replace(SMALL, course=Course(40, 400, (*((1.0,) * 40), math.nan)))


@pytest.mark.parametrize(
    ("causes", "evidence", "first"),
    [
        ([cause(Code.UNSAFE_DIVISION, 0.86)], SMALL, ["drop-remainder"]),
        ([cause(Code.BATCHNORM_STATISTICS, 0.86)], SMALL, ["drop-remainder", "clip-gradients", "lower-learning-rate"]),
        ([cause(Code.EMPTY_MASK, 0.86)], SMALL, ["drop-remainder"]),
        ([cause(Code.UNSAFE_LOG, 0.86)], BOUNDED, ["epsilon-loss", "drop-remainder"]),
        ([], SMALL, ["lower-learning-rate", "clip-gradients", "drop-remainder", "skip-bad-updates"]),
        ([], CALM, ["drop-remainder", "skip-bad-updates"]),
        ([cause(Code.UNSAFE_DIVISION, 0.2)], CALM, ["drop-remainder"]),
    ],
    ids=["division", "statistics", "mask", "bounded first", "no cause", "one bad step", "an unlikely cause"],
)
def test_a_small_batch_is_left_out_before_any_other_and_behind_what_mends_the_formula(
    causes: list[Cause], evidence: Evidence, first: list[str]
) -> None:
    found = names(causes, evidence)
    assert found[: len(first)] == first
    assert found.index("drop-remainder") < found.index("skip-bad-updates")


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


def test_the_last_resorts_are_for_what_is_not_finite_and_other_rates_for_what_learns_too_little() -> None:
    useless = dataclasses.replace(EVIDENCE, symptom=Symptom("useless", 100))
    assert names([cause(Code.DATA_UNSCALED_INPUTS, 0.9)], useless) == ["rescale-inputs", *RATES]
    assert names([], useless) == list(RATES)
    squashed = (LayerFacts("dense", "Dense", "tanh", "GlorotUniform", 8), *EVIDENCE.model.outputs)
    sound = dataclasses.replace(useless, inputs=(), model=dataclasses.replace(EVIDENCE.model, layers=squashed))
    assert names([], sound) == list(FOR_WANT_OF_A_CAUSE)
    assert names([], EVIDENCE) == [name for name in LAST_RESORTS if name != "drop-remainder"]


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
    vague = [cause(Code.LEARNING_RATE_TOO_HIGH, 0.45)]

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


def towers(center: float, symptom: str = "useless") -> Evidence:
    """Seven sigmoid layers on inputs around a center."""
    hidden = [
        LayerFacts(
            f"dense_{n}", "Dense", "sigmoid", "GlorotUniform", 16, weight=4.0, gradient=10.0 ** (n - 9), site=LINE
        )
        for n in range(7)
    ]
    out = LayerFacts("out", "Dense", "sigmoid", "GlorotUniform", 1, is_output=True, weight=1.0, gradient=1.0, site=LINE)
    inputs = ArrayFacts(
        "x", (400, 2), "float32", 400, mean=(center,) * 2, std=(1.0,) * 2, median=(center,) * 2, iqr=(1.349,) * 2,
        low=(center - 3,) * 2, high=(center + 3,) * 2, distinct=800,
    )  # fmt: skip
    model = ModelFacts("model", (*hidden, out), loss="binary_crossentropy", optimizer="Adam", learning_rate=1e-3)
    return Evidence(Symptom(symptom, 400), inputs=(inputs,), model=model)


@pytest.mark.parametrize("center", [0.0, 2.9, 3.1, 9.5, 20.0, 60.0, 1e4])
def test_what_a_remedy_waits_for_comes_with_it_whatever_the_inputs(center: float) -> None:
    evidence = towers(center)
    ladders = {ladder.name: ladder for ladder in prescribe(diagnose(evidence), evidence)}
    swap = ladders["swap-activation"]
    if center < 2.0:
        assert swap.after is None and RESCALING not in ladders
        return
    assert swap.after == RESCALING
    assert list(ladders).index(RESCALING) < list(ladders).index("swap-activation")
    assert ladders[RESCALING].weight >= swap.weight
    assert under(swap, (ladders[RESCALING].first,), evidence).strengths == swap.strengths


@pytest.mark.parametrize(
    ("select", "ignore"),
    [((), (RESCALING,)), (("swap-activation",), ()), (("vanishing-gradient",), ()), ((), ("data-unscaled-inputs",))],
)
def test_what_may_not_come_is_not_waited_for(select: tuple[str, ...], ignore: tuple[str, ...]) -> None:
    evidence = towers(9.5)
    ladders = {each.name: each for each in prescribe(diagnose(evidence), evidence, select=select, ignore=ignore)}
    assert ladders["swap-activation"].strengths
    assert ladders["swap-activation"].after in (None, *ladders)


@pytest.mark.parametrize("code", list(Code))
def test_no_remedy_ever_waits_for_one_that_is_not_prescribed(code: Code) -> None:
    evidences = [*SAMPLES, *(towers(center, symptom) for center in (0.0, 9.5) for symptom in ("useless", "diverged"))]
    for evidence in evidences:
        for ignore in ((), (RESCALING,), ("difference-windows",), (RESCALING, "difference-windows")):
            ladders = prescribe([cause(code, 0.9), cause(Code.VANISHING_GRADIENT, 0.6)], evidence, ignore=ignore)
            names = {ladder.name for ladder in ladders}
            assert all(ladder.after is None or ladder.after in names for ladder in ladders)


def test_how_much_speaks_for_the_last_resorts() -> None:
    weights = {ladder.name: ladder.weight for ladder in prescribe([], EVIDENCE)}
    assert weights == {
        "lower-learning-rate": pytest.approx(0.15), "clip-gradients": pytest.approx(0.12),
        "skip-bad-updates": pytest.approx(0.096),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("course", "sure", "weight"),
    [
        (Course(20, 400, (*[1.0] * 19, math.inf)), 0.5, 0.5),
        (Course(19, 400, (*[1.0] * 18, math.inf)), 0.5, 0.096),  # too short to be called calm
        (Course(20, 400, (*[1.0] * 19, math.inf)), 0.51, 0.096),  # something is known of it
        (Course(30, 400, (*[1.0] * 15, *[1.9] * 14, math.inf)), 0.5, 0.5),
        (Course(30, 400, (*[1.0] * 15, *[2.1] * 14, math.inf)), 0.5, 0.096),
        (Course(30, 400, (*[1.0] * 9, *[9.0] * 2, *[1.0] * 18, math.inf)), 0.5, 0.5),  # the last third counts
        (Course(30, 400, (*[1.0] * 10, *[3.0] * 19, math.inf)), 0.5, 0.096),
        (Course(30, 400, (math.nan, *[1.0] * 28, math.inf)), 0.5, 0.096),
    ],
)
def test_when_a_bad_step_came_out_of_a_calm_course(course: Course, sure: float, weight: float) -> None:
    evidence = dataclasses.replace(EVIDENCE, course=course, finding=None)
    ladders = {ladder.name: ladder for ladder in prescribe([cause(Code.GRADIENT_EXPLOSION, sure)], evidence)}
    assert ladders["skip-bad-updates"].weight == pytest.approx(weight)


def test_a_cause_that_no_remedy_treats_speaks_for_leaving_the_step_out() -> None:
    evidence = dataclasses.replace(EVIDENCE, course=Course(20, 400, (*[1.0] * 19, math.inf)), finding=None)
    ladders = {ladder.name: ladder for ladder in prescribe([cause(Code.UNSAFE_LOG, 0.9)], evidence)}
    assert "epsilon-loss" not in ladders and ladders["skip-bad-updates"].weight == 0.5


@pytest.mark.parametrize(
    ("name", "rate", "start"),
    [
        ("lower-learning-rate", 1.0, 0.01), ("lower-learning-rate", 0.01, 0.1), ("lower-learning-rate", None, 0.1),
        ("raise-learning-rate", 1e-4, 100.0), ("raise-learning-rate", None, 0.1), ("clip-gradients", 1.0, 1000.0),
    ],
)  # fmt: skip
def test_where_a_search_for_a_rate_begins(name: str, rate: float | None, start: float) -> None:
    factors = [
        10.0 ** (-power / 20) for power in range(-60, 61)
    ]  # the mildest of a cut is last here, which is no matter
    strengths = tuple(Remedy(name, {"factor": factor}) for factor in factors)
    evidence = dataclasses.replace(EVIDENCE, model=dataclasses.replace(EVIDENCE.model, learning_rate=rate))
    assert factors[ladders._start(name, strengths, evidence)] == pytest.approx(start)


def test_a_bound_on_negative_numbers_comes_a_step_after_what_makes_them_positive() -> None:
    assert EVIDENCE.finding is not None
    causes = [cause(Code.UNSAFE_LOG, 0.9), cause(Code.OUTPUT_ACTIVATION_MISMATCH, 0.8)]
    negative = dataclasses.replace(EVIDENCE.finding, input_low=-0.5, fed_by="dense")
    layers = (dataclasses.replace(EVIDENCE.model.layers[0], activation="linear"), EVIDENCE.model.layers[1])
    evidence = dataclasses.replace(EVIDENCE, finding=negative, model=dataclasses.replace(EVIDENCE.model, layers=layers))
    weights = {ladder.name: ladder.weight for ladder in prescribe(causes, evidence)}
    assert weights["fix-output-activation"] == pytest.approx(0.8)
    assert weights["epsilon-loss"] == pytest.approx(0.64)


def test_a_plan_that_rescales_puts_the_inputs_in_order() -> None:
    (remedy,) = strengths_of(RESCALING, EVIDENCE)
    changed = with_plan((remedy,), EVIDENCE)
    assert strengths_of(RESCALING, changed) == ()
    assert with_plan((Remedy("clip-gradients", {"global_clipnorm": 1.0}),), EVIDENCE) is EVIDENCE


@pytest.mark.parametrize(
    ("rate", "plan", "ignore", "factors"),
    [
        (1e-4, (), (), [100.0, 1000.0]),  # the usual rate of plain gradients is 0.01
        (0.01, (), (), [3.0, 10.0, 100.0]),
        (1e-4, (Remedy("lower-learning-rate", {"factor": 0.1}),), (), []),
        (1e-4, (), ("raise-learning-rate",), []),
    ],
)
def test_what_keeps_a_training_finite_but_idle_gets_a_higher_rate(
    rate: float, plan: tuple[Remedy, ...], ignore: tuple[str, ...], factors: list[float]
) -> None:
    evidence = dataclasses.replace(EVIDENCE, model=dataclasses.replace(EVIDENCE.model, learning_rate=rate))
    assert [remedy.parameters["factor"] for remedy in when_idle(plan, evidence, ignore=ignore)] == factors


DIVIDED = (Site(file="train.py", line=4, source="x /= norm"),)
GAPS = dataclasses.replace(EVIDENCE.inputs[0], nan=2, bad_row_count=2)


def test_what_mends_the_script_comes_before_what_treats_its_data() -> None:
    others = names([cause(Code.DATA_NONFINITE, 0.9)], dataclasses.replace(EVIDENCE, inputs=(GAPS,)))
    divided = dataclasses.replace(EVIDENCE, inputs=(GAPS,), divided=DIVIDED)
    assert others[:2] == ["drop-nonfinite-rows", "impute-missing"]
    assert names([cause(Code.DATA_NONFINITE, 0.9)], divided) == ["guard-division", *others]


@pytest.mark.parametrize(
    ("evidence", "chosen", "anew"),
    [
        (dataclasses.replace(EVIDENCE, inputs=(GAPS,), divided=DIVIDED), {}, True),
        (dataclasses.replace(EVIDENCE, inputs=(GAPS,)), {}, False),
        (dataclasses.replace(EVIDENCE, divided=DIVIDED), {}, False),
        (dataclasses.replace(EVIDENCE, inputs=(GAPS,), divided=DIVIDED), {"ignore": ("guard-division",)}, False),
        (dataclasses.replace(EVIDENCE, inputs=(GAPS,), divided=DIVIDED), {"select": ("impute-missing",)}, False),
    ],
)
def test_attempts_are_runs_of_the_script_where_that_is_what_is_mended(
    evidence: Evidence, chosen: dict[str, tuple[str, ...]], *, anew: bool
) -> None:
    assert ladders.starts_anew([cause(Code.DATA_NONFINITE, 0.9)], evidence, **chosen) is anew


def test_another_cause_that_is_likelier_is_treated_in_the_training() -> None:
    evidence = dataclasses.replace(EVIDENCE, inputs=(GAPS,), divided=DIVIDED)
    assert not ladders.starts_anew([cause(Code.UNSAFE_LOG, 0.9), cause(Code.DATA_NONFINITE, 0.4)], evidence)


def test_a_loop_without_a_model_has_it_too() -> None:
    bare = dataclasses.replace(EVIDENCE, kind="loop", inputs=(GAPS,), divided=DIVIDED, model=ModelFacts(bare=True))
    assert [step.name for step in strengths_of("guard-division", bare)] == ["guard-division"]

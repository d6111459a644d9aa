"""What is done about a training that failed in its middle, move by move."""

import dataclasses

import pytest

from autostable.evidence import ArrayFacts, Course, Evidence, Finding, ModelFacts
from autostable.records import Action, Cause, Code, Remedy, Site, Symptom
from autostable.repair import heal
from autostable.repair.heal import Failure, may_skip, moves, rate_after, to_blame, with_remedy

DATA = Cause(Code.DATA_NONFINITE, 0.99, "x holds 1 NaN")
LOG = Cause(Code.UNSAFE_LOG, 0.95, "log(0)")
RATE = Cause(Code.LEARNING_RATE_TOO_HIGH, 0.6, "the rate is high")
SITE = Site("Log", "loss", "train.py", 3, "tf.math.log(p)")
X = ArrayFacts("x", (16, 2), "float32", 16, nan=1, bad_rows=(3,), bad_row_count=1)
EVIDENCE = Evidence(
    Symptom("nonfinite", 500), finding=Finding("Log", "forward", SITE, input_low=0.0), inputs=(X,),
    model=ModelFacts(optimizer="Adam", learning_rate=0.01), course=Course(500, 2000, (1.0,) * 500, (2.0,) * 500),
)  # fmt: skip
BATCH = Failure("data", True, True)


def offered(failure, causes, full=2000, plan=()):
    return list(moves(failure, causes, EVIDENCE, plan, full=full))


def test_a_batch_of_bad_data_is_left_out_first():
    first, second, *_ = offered(BATCH, (DATA,))
    assert (first.action, first.back) == (Action.SKIPPED, 0)
    assert second.action is Action.REMEDY and second.remedy.name == "drop-nonfinite-rows"


@pytest.mark.parametrize(("alike", "first"), [(2, Action.SKIPPED), (3, Action.REMEDY)])
def test_what_comes_often_is_treated_instead(alike, first):
    assert offered(dataclasses.replace(BATCH, alike=alike), (DATA,))[0].action is first


def test_a_formula_is_bounded_and_its_batch_stays():
    failure = Failure("forward", True, True)
    assert not to_blame(failure, (LOG,))
    first = offered(failure, (LOG,))[0]
    assert first.action is Action.REMEDY and first.remedy.name == "epsilon-loss"


@pytest.mark.parametrize(
    ("failure", "causes", "blamed"),
    [
        (Failure("data", None, True), (), True),
        (Failure("data", None, False), (), False),  # which batch it was is not known
        (Failure(None, None, True), (DATA,), True),
        (Failure("gradient", True, True), (), True),  # the same state has taken another one
        (Failure("gradient", False, True), (), False),
        (Failure("gradient", None, True), (), False),
        (Failure("gradient", False, True), (RATE,), False),
        (Failure("forward", True, True), (dataclasses.replace(LOG, confidence=0.1),), True),
    ],
)
def test_when_the_batch_is_to_blame(failure, causes, blamed):
    assert to_blame(failure, causes) is blamed


@pytest.mark.parametrize(
    ("skipped", "full", "steps", "may"),
    [
        (2, 100, 50, True),
        (3, 100, 50, False),
        (9, 1000, 5, True),
        (10, 1000, 5, False),
        (4, None, 500, True),
        (5, None, 500, False),
    ],
)
def test_the_share_of_batches_that_may_be_left_out(skipped, full, steps, may):
    assert may_skip(skipped, full, steps, heal.MOST_SKIPPED[0]) is may


@pytest.mark.parametrize(("skipped", "first"), [(19, Action.SKIPPED), (20, Action.SKIPPED), (100, Action.SLOWER)])
def test_where_no_remedy_helps_more_of_them_may_be_left_out(skipped, first):
    """A hundredth at first, a twentieth where nothing else is to be had."""
    failure = Failure("gradient", True, True, skipped=skipped, alike=1)
    assert offered(failure, ())[0].action is first
    assert (
        len([move for move in offered(failure, ()) if move.action is Action.SKIPPED]) == {19: 2, 20: 1, 100: 0}[skipped]
    )


def test_where_no_cause_is_known_the_rate_is_lowered_and_earlier_states_are_gone_back_to():
    found = offered(Failure("gradient", False, True), ())
    assert [(move.action, move.back, move.factor) for move in found[:2]] == [
        (Action.SLOWER, 0, 0.5),
        (Action.SLOWER, 1, 0.1),
    ]
    names = [(move.remedy.name, move.back) for move in found[2:]]
    assert names == [
        ("clip-outlying-gradients", 1), ("clip-outlying-gradients", 1), ("clip-growing-gradients", 2),
        ("clip-growing-gradients", 2), ("lower-learning-rate", 2),
    ]  # fmt: skip


def test_no_remedy_in_flight_that_would_need_other_weights():
    raw = dataclasses.replace(X, nan=0, bad_rows=(), bad_row_count=0, mean=(500.0,) * 2, std=(200.0,) * 2, low=(100.0,) * 2,
                              high=(900.0,) * 2)  # fmt: skip
    evidence = dataclasses.replace(EVIDENCE, inputs=(raw,), finding=None)
    cause = Cause(Code.DATA_UNSCALED_INPUTS, 0.9, "x is raw")
    found = moves(Failure("gradient", False, True), (cause,), evidence, (), full=2000)
    assert "rescale-inputs" not in [move.remedy.name for move in found if move.remedy is not None]


def test_what_is_in_force_is_not_offered_again():
    first = offered(Failure("forward", None, True), (LOG,))[0].remedy
    assert first not in [move.remedy for move in offered(Failure("forward", None, True), (LOG,), plan=(first,))]


def test_the_rate_comes_back_bit_by_bit():
    assert [rate_after(0.5, step, 100) for step in (0, 49, 50, 75, 100, 101)] == [0.5, 0.5, 0.5, 0.75, 1.0, 1.0]
    assert rate_after(0.1, 75, 100) == pytest.approx(0.55)
    assert (heal.HALF, heal.TENTH, heal.GIVEN_BACK, heal.OFTEN, heal.STRENGTHS) == (0.5, 0.1, 100, 3, 2)


def test_a_stronger_one_takes_the_place_of_a_milder_one():
    mild, strong = (Remedy("clip-gradients", {"global_clipnorm": bound}) for bound in (1.0, 0.1))
    other = Remedy("lower-learning-rate", {"factor": 0.1})
    assert with_remedy((mild, other), strong) == (strong, other)
    assert with_remedy((mild,), other) == (mild, other)


def test_after_a_spike_no_batch_is_left_out():
    found = list(heal.after_spike(EVIDENCE, ()))
    assert [(move.action, move.back) for move in found[:3]] == [
        (Action.SLOWER, 0),
        (Action.SLOWER, 1),
        (Action.REMEDY, 1),
    ]


def test_a_rate_that_has_jumped_is_capped_before_anything_else():
    rates = (1e-3, 1e-3, 1.0)
    batch = list(moves(BATCH, (DATA,), EVIDENCE, (), full=2000, rates=rates))
    for found in (batch, list(heal.after_spike(EVIDENCE, (), rates))):
        assert found[0].remedy == Remedy("cap-learning-rate", {"most": 1e-3})
        assert Action.SKIPPED not in [move.action for move in found]


def test_batches_that_are_not_at_hand_are_passed_over():
    first, second, *_ = heal.without_batches(EVIDENCE, ())
    assert first == heal.Move(Action.WENT_BACK) and second.action is Action.SLOWER

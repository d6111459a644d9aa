"""What attempts say of the causes: proven, supported, refuted, tried in vain or not tried, with the figures."""

from __future__ import annotations

import dataclasses
import math

import pytest

from autostable.records import Attempt, Cause, CauseState, Code, Learning, Plan, Remedy
from autostable.repair.ladders import REMEDIES, treats
from autostable.repair.proof import in_vain, settled
from tests.diagnosis.given import RAW as RAW_INPUTS
from tests.diagnosis.given import with_

GUARD = Remedy("promote-precision", {"dtype": "float32"})
SCALE = Remedy("rescale-inputs", {"inputs": [None]})
SLOWER = Remedy("lower-learning-rate", {"factor": 0.1})
HALF, RAW, RATE, MASK = (
    Cause(code, 0.9, "evidence")
    for code in (Code.PRECISION_OVERFLOW, Code.DATA_UNSCALED_INPUTS, Code.LEARNING_RATE_INVALID, Code.EMPTY_MASK)
)


def held(plan: Plan, kind: str = "full", loss: float = 0.31, **further: object) -> Attempt:
    return Attempt(plan, kind, "stable", 100, 1.0, 2.0, loss, loss, **further)  # type: ignore[arg-type]


def failed(plan: Plan = (), kind: str = "baseline") -> Attempt:
    return Attempt(
        plan, kind, "unstable", 3, 1.0, 2.0, math.nan, None, "non-finite loss in step 2", (2.0, 1.0 + len(plan))
    )


def told(causes: list[Cause], attempts: list[Attempt], plan: Plan) -> list[tuple[Code, CauseState, str]]:
    return [(cause.code, cause.state, cause.proof) for cause in settled(causes, attempts, plan)]


def test_one_remedy_that_cures_proves_its_cause_against_the_baseline() -> None:
    assert told([HALF], [failed(), held((GUARD,))], (GUARD,)) == [
        (Code.PRECISION_OVERFLOW, CauseState.PROVEN,
         "Without promote-precision it fails (non-finite loss in step 2), with it the loss ends at 0.31.")
    ]  # fmt: skip


def test_of_a_training_that_learnt_too_little_both_losses_are_said() -> None:
    baseline = held((), "baseline", 115.0)
    (found,) = settled([RAW], [baseline, held((SCALE,))], (SCALE,))
    assert found.proof == "Without rescale-inputs the loss ends at 115, with it the loss ends at 0.31."


def test_losses_of_two_kinds_are_not_set_side_by_side() -> None:
    loss = Remedy("swap-loss", {"loss": "mean_squared_error", "activations": {}, "old_loss": "meaningless"})
    (found,) = settled([Cause(Code.LOSS_MISMATCH, 0.9, "")], [held((), "baseline", 115.0), held((loss,))], (loss,))
    assert found.proof == "Without swap-loss it learns too little, with it it is cured."


@pytest.mark.parametrize(
    ("without", "state"),
    [
        (failed((GUARD,), "probe"), CauseState.PROVEN),
        (held((GUARD,), "probe", 0.9), CauseState.PROVEN),
        (held((GUARD,), "probe", 0.4), CauseState.SUPPORTED),  # as good without
        (None, CauseState.SUPPORTED),
    ],
)
def test_of_two_remedies_one_is_proven_by_what_happened_without_it(without: Attempt | None, state: CauseState) -> None:
    plan = (GUARD, SCALE)
    attempts = [failed(), *filter(None, [without]), held(plan, "probe", 0.5), held(plan)]
    assert {cause.code: cause.state for cause in settled([HALF, RAW], attempts, plan)}[RAW.code] is state


def test_what_did_not_help_and_was_not_needed_is_refuted_and_comes_last() -> None:
    attempts = [failed(), failed((GUARD,), "probe"), held((SCALE,))]
    assert told([HALF, RAW], attempts, (SCALE,)) == [
        (RAW.code, CauseState.PROVEN,
         "Without rescale-inputs it fails (non-finite loss in step 2), with it the loss ends at 0.31."),
        (HALF.code, CauseState.REFUTED, "promote-precision did not help, and the training is cured without."),
    ]  # fmt: skip


def test_a_remedy_that_changed_nothing_at_all_refutes_nothing() -> None:
    attempts = [failed(), dataclasses.replace(failed((GUARD,), "probe"), curve=failed().curve), held((SCALE,))]
    assert [state for _, state, _ in told([HALF, RAW], attempts, (SCALE,))] == [CauseState.PROVEN, CauseState.NOT_TRIED]


def test_a_plan_that_learnt_too_little_proves_nothing() -> None:
    (found,) = settled([RAW], [failed(), held((SCALE,), learnt=False)], (SCALE,))
    assert found.state is CauseState.SUPPORTED


def test_what_held_alone_is_not_refuted_where_another_plan_was_better() -> None:
    attempts = [failed(), held((SCALE,), "probe"), held((SLOWER,))]
    found = told([RAW, RATE], attempts, (SLOWER,))
    assert found[1] == (RAW.code, CauseState.SUPPORTED, "rescale-inputs alone held as well.")
    assert found[0][1] is CauseState.PROVEN


@pytest.mark.parametrize(
    ("loss", "state"), [(0.9, CauseState.SUPPORTED), (0.97, CauseState.REFUTED)], ids=["further", "no further"]
)
def test_a_short_run_of_what_is_finite_anyway_supports_a_cause_only_where_it_came_further(
    loss: float, state: CauseState
) -> None:
    attempts = [held((), "baseline", 1.0), held((SCALE,), "probe", loss, curve=(loss,)), held((SLOWER,))]
    assert told([RAW, RATE], attempts, (SLOWER,))[1][:2] == (RAW.code, state)


@pytest.mark.parametrize(
    ("used", "state"), [(None, CauseState.REFUTED), (0.9, CauseState.REFUTED), (5.0, CauseState.SUPPORTED)]
)
def test_what_counts_of_the_baseline_is_the_model_as_it_is_used(used: float | None, state: CauseState) -> None:
    """Its training loss may be next to nothing where each batch is normalised by itself."""
    learning = Learning("sick", "worse-as-used", 0, 64, loss=used)
    attempts = [
        held((), "baseline", 0.01, learning=learning),
        held((SCALE,), "probe", 1.4, curve=(1.4,)),
        held((SLOWER,)),
    ]
    assert told([RAW, RATE], attempts, (SLOWER,))[1][:2] == (RAW.code, state)


@pytest.mark.parametrize(("sure", "first"), [(0.9, RATE), (0.5, RAW)], ids=["as sure", "less sure"])
def test_of_causes_that_are_as_sure_the_proven_one_comes_first(sure: float, first: Cause) -> None:
    attempts = [failed(), held((SCALE,), "probe"), held((SLOWER,))]
    found = told([RAW, dataclasses.replace(RATE, confidence=sure)], attempts, (SLOWER,))
    assert found[0][0] is first.code


def test_one_remedy_proves_one_cause_and_supports_the_others_that_it_is_for() -> None:
    saturated = Cause(Code.SATURATED_ACTIVATION, 0.7, "")
    found = told([RAW, saturated], [failed(), held((SCALE,))], (SCALE,))
    assert [state for _, state, _ in found] == [CauseState.PROVEN, CauseState.SUPPORTED]
    assert found[1][2] == "What cured the training is a remedy for this too."


def test_a_remedy_for_many_causes_proves_the_one_that_it_is_the_first_for() -> None:
    found = told([HALF, RATE], [failed(), held((SLOWER,))], (SLOWER,))
    assert [(code, state) for code, state, _ in found] == [
        (RATE.code, CauseState.PROVEN),
        (HALF.code, CauseState.SUPPORTED),
    ]


def test_a_cause_that_no_attempt_was_for_stays_where_it_was() -> None:
    assert told([MASK, HALF], [failed(), held((SCALE,))], (SCALE,)) == [
        (MASK.code, CauseState.NOT_TRIED, ""),
        (HALF.code, CauseState.NOT_TRIED, ""),
    ]


def test_a_remedy_is_for_what_it_cures_and_for_what_the_table_calls_it_for() -> None:
    assert treats("epsilon-loss", Code.UNSAFE_LOG)
    assert treats("fix-output-activation", Code.UNSAFE_LOG)  # its own word
    assert not treats("epsilon-loss", Code.DATA_OUTLIERS)
    assert not treats("of-nobody", Code.DATA_OUTLIERS)


CLIP = Remedy("clip-gradients", {"global_clipnorm": 1.0})
FAST, GROWS = Cause(Code.LEARNING_RATE_TOO_HIGH, 0.9, "evidence"), Cause(Code.GRADIENT_EXPLOSION, 0.6, "evidence")


def unrepaired(*plans: Plan) -> list[Attempt]:
    return [failed(), *(failed(plan, "probe") for plan in plans)]


def test_what_was_tried_in_vain_says_so_and_goes_behind_what_was_not() -> None:
    raw = with_(inputs=RAW_INPUTS)
    found = in_vain([RAW, MASK], unrepaired((SCALE,), (SLOWER,), (SLOWER, SCALE)), raw)
    assert [(cause.code, cause.state, cause.proof) for cause in found] == [
        (MASK.code, CauseState.NOT_TRIED, ""),
        (RAW.code, CauseState.IN_VAIN, "Tried in vain: rescale-inputs did not help."),
    ]
    assert [cause.confidence for cause in found] == [0.9, 0.9] and not found[1].refuted


def test_a_cause_with_a_remedy_that_is_left_stays_where_it_was() -> None:
    found = in_vain([FAST, MASK], unrepaired((SLOWER,)), with_())
    assert [(cause.code, cause.state) for cause in found] == [
        (FAST.code, CauseState.IN_VAIN), (MASK.code, CauseState.NOT_TRIED),
    ]  # fmt: skip
    tried, left = found[0].proof.split("; not tried: ")
    assert tried == "Tried in vain: lower-learning-rate did not help" and "clip-gradients" in left


def test_of_causes_that_were_all_tried_in_vain_the_order_stays() -> None:
    attempts = unrepaired(
        (SLOWER,), (CLIP,), *(((Remedy(name, {}),)) for name in (*REMEDIES[FAST.code], *REMEDIES[GROWS.code]))
    )
    found = in_vain([FAST, GROWS], attempts, with_())
    assert [(cause.code, cause.state) for cause in found] == [
        (FAST.code, CauseState.IN_VAIN), (GROWS.code, CauseState.IN_VAIN),
    ]  # fmt: skip


def test_what_changed_nothing_at_all_was_not_tried() -> None:
    unchanged = dataclasses.replace(failed((SLOWER,), "probe"), curve=failed().curve)
    (found,) = in_vain([FAST], [failed(), unchanged], with_())
    assert (found.state, found.proof) == (CauseState.NOT_TRIED, "")


def test_what_held_in_a_probe_and_not_in_full_is_refuted() -> None:
    attempts = [failed(), held((SCALE,), "probe"), held((SCALE,), learnt=False), held((SLOWER,))]
    found = {cause.code: cause.state for cause in settled([RAW, RATE], attempts, (SLOWER,))}
    assert found == {RATE.code: CauseState.PROVEN, RAW.code: CauseState.REFUTED}

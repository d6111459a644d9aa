"""The loop over a bench that answers from a table; what is asserted is every attempt, in order."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import pytest

from autostable.controller import Controller, Limits, Result, probe_steps
from autostable.prescription import Ladder
from autostable.records import Attempt, Code, Plan, Remedy

FULL = 1000
MANY = Limits(attempts=30)
RATE, CLIP, SCALE, SWAP, GUARD = (
    "lower-learning-rate", "clip-gradients", "rescale-inputs", "swap-activation", "epsilon-loss",
)  # fmt: skip


def ladder(name: str, weight: float, levels: int = 2, cause: Code | None = None) -> Ladder:
    return Ladder(tuple(Remedy(name, {"level": level}) for level in range(levels)), weight, cause)


def text(plan: Plan) -> str:
    return " + ".join(f"{step.name} {step.parameters['level']}" for step in plan)


@dataclasses.dataclass
class Bench:
    """Answers from `holds` (plan -> yardstick) and `wild` (finite, but not bounded); all else turns non-finite.

    `fails_in_full` hold in a probe only; `idle` ones hold, but learn nothing.
    """

    holds: Mapping[str, float] = dataclasses.field(default_factory=dict)
    wild: frozenset[str] = frozenset()
    fails_in_full: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()
    asked: list[str] = dataclasses.field(default_factory=list)

    def attempt(self, plan: Plan, *, kind: str, steps: int | None) -> Attempt:
        name = text(plan)
        self.asked.append(f"{kind} {name}" if steps is None else f"{kind} {name} ({steps})")
        ran = FULL if steps is None else steps
        if name in self.holds and not (kind == "full" and name in self.fails_in_full):
            value = self.holds[name]
            learnt = not (kind == "full" and name in self.idle)
            return Attempt(plan, kind, "stable", ran, 1.0, 2.0, value, value, learnt=learnt)
        if name in self.wild:
            return Attempt(plan, kind, "unstable", ran, 1.0, 2.0, 9.0, None, "above its start")
        return Attempt(plan, kind, "unstable", min(ran, 7), 1.0, 2.0, math.nan, None, "not finite")


def repair(
    bench: Bench, *ladders: Ladder, failed_at: int = 10, full: int | None = FULL,
    limits: Limits = MANY, useless: bool = False,
) -> Result:  # fmt: skip
    baseline = Attempt((), "baseline", "unstable", failed_at, 1.0)
    return Controller(bench, ladders, baseline, full=full, limits=limits, useless=useless).repair()


# -- how long a probe is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("full", "failed_at", "useless", "steps"),
    [
        (1000, 10, False, 100),  # a tenth
        (1000, 300, False, 395),  # past the failure
        (1000, 900, False, 500),  # but no more than half
        (1000, 1000, True, 150),
        (20, 3, False, 20),  # never longer than the run
        (1, 0, False, 1),
        (None, 0, False, 30),
        (None, 40, False, 100),
    ],
)
def test_the_length_of_a_probe(full: int | None, failed_at: int, useless: bool, steps: int) -> None:
    assert probe_steps(full, failed_at, useless) == steps


# -- outright -------------------------------------------------------------------------------------


def test_a_remedy_that_stands_alone_is_run_in_full_at_once() -> None:
    bench = Bench({"epsilon-loss 0": 1.0})
    result = repair(bench, ladder(GUARD, 0.9), ladder(RATE, 0.15))
    assert bench.asked == ["full epsilon-loss 0"]
    assert result.plan is not None and text(result.plan) == "epsilon-loss 0"
    assert result.final is not None and result.final.stable


def test_its_second_strength_is_run_in_full_too() -> None:
    bench = Bench({"epsilon-loss 1": 1.0})
    result = repair(bench, ladder(GUARD, 0.9))
    assert bench.asked == ["full epsilon-loss 0", "full epsilon-loss 1"]
    assert result.plan is not None and text(result.plan) == "epsilon-loss 1"


def test_where_a_probe_is_nearly_the_whole_run_the_whole_is_run() -> None:
    bench = Bench({"epsilon-loss 0": 1.0, "rescale-inputs 0": 0.5})
    repair(bench, ladder(GUARD, 0.9), ladder(SCALE, 0.8), failed_at=400)
    assert bench.asked == ["full epsilon-loss 0"]


# -- holding is not enough ------------------------------------------------------------------------


def test_a_plan_that_only_keeps_the_training_finite_makes_way_for_one_that_learns() -> None:
    bench = Bench(
        {"lower-learning-rate 0": 2.0, "lower-learning-rate 1": 1.0}, idle=frozenset({"lower-learning-rate 0"})
    )
    result = repair(bench, ladder(RATE, 0.9))
    assert bench.asked == ["full lower-learning-rate 0", "full lower-learning-rate 1"]
    assert result.plan is not None and text(result.plan) == "lower-learning-rate 1"


def test_kins_plan_that_learns_nothing_here_is_made_stronger() -> None:
    rates = [f"lower-learning-rate {level}" for level in range(4)]
    bench = Bench(dict.fromkeys(rates, 2.0) | {rates[3]: 1.0}, idle=frozenset(rates[:3]))
    steps = ladder(RATE, 0.9, levels=4)
    baseline = Attempt((), "baseline", "unstable", 10, 1.0)
    first = [(steps.strengths[0],)]
    result = Controller(bench, [steps], baseline, full=FULL, limits=MANY, useless=False, first=first).repair()
    assert result.plan is not None and text(result.plan) == "lower-learning-rate 3"
    assert bench.asked[0] == f"full {rates[0]}"
    assert bench.asked[-1] == f"full {rates[3]}"


def test_where_nothing_learns_the_best_that_holds_is_run_last() -> None:
    holds = {"lower-learning-rate 0": 1.0, "lower-learning-rate 1": 2.0}
    bench = Bench(holds, idle=frozenset(holds))
    result = repair(bench, ladder(RATE, 0.9))
    assert bench.asked[:2] == ["full lower-learning-rate 0", "full lower-learning-rate 1"]
    assert bench.asked[-1] == "full lower-learning-rate 0"
    assert result.plan is not None and text(result.plan) == "lower-learning-rate 0"
    assert result.final is not None and not result.final.learnt


# -- one by one, then together --------------------------------------------------------------------


def test_two_likely_causes_are_probed_in_order_and_the_first_that_holds_is_run() -> None:
    bench = Bench({"epsilon-loss 0": 1.0})
    result = repair(bench, ladder(GUARD, 0.9), ladder(CLIP, 0.6))
    assert bench.asked == ["probe epsilon-loss 0 (100)", "full epsilon-loss 0"]
    assert result.plan is not None and text(result.plan) == "epsilon-loss 0"


def test_the_second_is_tried_where_the_first_fails() -> None:
    bench = Bench({"clip-gradients 0": 1.0})
    repair(bench, ladder(GUARD, 0.9), ladder(CLIP, 0.6))
    assert bench.asked == [
        "probe epsilon-loss 0 (100)", "probe clip-gradients 0 (100)", "full clip-gradients 0",
    ]  # fmt: skip


def test_two_that_fail_alone_are_combined() -> None:
    bench = Bench({"epsilon-loss 0 + rescale-inputs 0": 1.0})
    result = repair(bench, ladder(GUARD, 0.9), ladder(SCALE, 0.8))
    assert bench.asked == [
        "probe epsilon-loss 0 (100)",
        "probe rescale-inputs 0 (100)",
        "probe epsilon-loss 0 + rescale-inputs 0 (100)",
        "full epsilon-loss 0 + rescale-inputs 0",
    ]
    assert result.plan is not None and len(result.plan) == 2


def test_a_combination_that_fails_gets_a_lower_rate_on_top() -> None:
    both = "epsilon-loss 0 + rescale-inputs 0"
    bench = Bench({f"{both} + lower-learning-rate 1": 1.0})
    repair(bench, ladder(GUARD, 0.9), ladder(SCALE, 0.8), ladder(RATE, 0.15, 3))
    assert bench.asked == [
        "probe epsilon-loss 0 (100)",
        "probe rescale-inputs 0 (100)",
        f"probe {both} (100)",
        f"probe {both} + lower-learning-rate 0 (100)",
        f"probe {both} + lower-learning-rate 1 (100)",
        # made smaller: take each out in turn (what is known is not run again) ...
        "probe rescale-inputs 0 + lower-learning-rate 1 (100)",
        "probe epsilon-loss 0 + lower-learning-rate 1 (100)",
        # ... and the one that is not at its mildest is known to fail there
        f"full {both} + lower-learning-rate 1",
    ]


def test_a_plan_that_is_finite_but_runs_wild_calls_for_a_lower_rate_first() -> None:
    bench = Bench({"lower-learning-rate 1": 1.0}, wild=frozenset({"rescale-inputs 0"}))
    repair(bench, ladder(SCALE, 0.9), ladder(GUARD, 0.8), ladder(RATE, 0.15, 3))
    assert bench.asked == [
        "probe rescale-inputs 0 (100)",
        "probe lower-learning-rate 0 (100)",
        "probe lower-learning-rate 1 (100)",
        "full lower-learning-rate 1",
    ]


def test_a_long_ladder_is_climbed_by_twos_and_then_made_mild() -> None:
    bench = Bench({f"lower-learning-rate {level}": 1.0 for level in (3, 4, 5)})
    repair(bench, ladder(RATE, 0.3, 6), ladder(CLIP, 0.28))
    assert bench.asked == [
        "probe lower-learning-rate 0 (100)",
        "probe clip-gradients 0 (100)",
        "probe lower-learning-rate 2 (100)",
        "probe lower-learning-rate 4 (100)",
        "probe lower-learning-rate 3 (100)",  # one step milder
        "full lower-learning-rate 3",
    ]


def test_a_ladder_may_begin_above_its_mildest_strength() -> None:
    bench = Bench({f"lower-learning-rate {level}": 1.0 for level in (2, 3)})
    repair(bench, dataclasses.replace(ladder(RATE, 0.9, 4), start=3), ladder(CLIP, 0.5))
    assert bench.asked[0] == "probe lower-learning-rate 3 (100)"
    assert bench.asked[-1] == "full lower-learning-rate 2"  # made mild


# -- improving and minimising ---------------------------------------------------------------------


def test_a_second_strong_remedy_is_added_where_it_helps_clearly() -> None:
    bench = Bench({"epsilon-loss 0": 1.0, "epsilon-loss 0 + rescale-inputs 0": 0.5})
    result = repair(
        bench, ladder(GUARD, 0.9, cause=Code.UNSAFE_LOG), ladder(SCALE, 0.8, cause=Code.DATA_UNSCALED_INPUTS)
    )
    assert bench.asked == [
        "probe epsilon-loss 0 (100)",
        "probe epsilon-loss 0 + rescale-inputs 0 (100)",
        "probe rescale-inputs 0 (100)",  # is the first still needed? It is.
        "full epsilon-loss 0 + rescale-inputs 0",
    ]
    assert result.plan is not None and len(result.plan) == 2


def test_a_second_remedy_that_hardly_helps_is_left_out() -> None:
    bench = Bench({"epsilon-loss 0": 1.0, "epsilon-loss 0 + rescale-inputs 0": 0.95, "rescale-inputs 0": 0.95})
    result = repair(
        bench, ladder(GUARD, 0.9, cause=Code.UNSAFE_LOG), ladder(SCALE, 0.8, cause=Code.DATA_UNSCALED_INPUTS)
    )
    assert result.plan is not None and text(result.plan) == "epsilon-loss 0"


def test_where_the_second_makes_the_first_needless_the_first_goes() -> None:
    bench = Bench({"epsilon-loss 0": 1.0, "epsilon-loss 0 + rescale-inputs 0": 0.5, "rescale-inputs 0": 0.5})
    result = repair(
        bench, ladder(GUARD, 0.9, cause=Code.UNSAFE_LOG), ladder(SCALE, 0.8, cause=Code.DATA_UNSCALED_INPUTS)
    )
    assert bench.asked[-2:] == ["probe rescale-inputs 0 (100)", "full rescale-inputs 0"]
    assert result.plan is not None and text(result.plan) == "rescale-inputs 0"


@pytest.mark.parametrize(
    ("constant", "plan"),
    [
        (None, "epsilon-loss 0 + rescale-inputs 0"),
        (0.9, "rescale-inputs 0"),
        (0.7, "epsilon-loss 0 + rescale-inputs 0"),
    ],
)
def test_what_is_off_by_less_than_half_of_delta_is_as_good(constant: float | None, plan: str) -> None:
    """0.54 is 0.04 above 0.5: a twentieth of a constant's loss, if that is 0.8 or more."""
    bench = Bench({"epsilon-loss 0": 1.0, "epsilon-loss 0 + rescale-inputs 0": 0.5, "rescale-inputs 0": 0.54})
    ladders = [ladder(GUARD, 0.9, cause=Code.UNSAFE_LOG), ladder(SCALE, 0.8, cause=Code.DATA_UNSCALED_INPUTS)]
    baseline = Attempt((), "baseline", "unstable", 10, 1.0)
    result = Controller(
        bench, ladders, baseline, full=FULL, limits=MANY, useless=False, constant=constant
    ).repair()  # fmt: skip
    assert result.plan is not None and text(result.plan) == plan


def test_two_remedies_for_one_cause_are_not_piled_up() -> None:
    cause = Code.SATURATED_ACTIVATION
    bench = Bench({"rescale-inputs 0": 1.0, "rescale-inputs 0 + swap-activation 0": 0.1})
    result = repair(bench, ladder(SCALE, 0.9, cause=cause), ladder(SWAP, 0.8, cause=cause))
    assert bench.asked == ["probe rescale-inputs 0 (100)", "full rescale-inputs 0"]
    assert result.plan is not None and text(result.plan) == "rescale-inputs 0"


def test_the_rate_is_moved_while_the_yardstick_falls_clearly() -> None:
    bench = Bench({"lower-learning-rate 0": 1.0, "lower-learning-rate 1": 0.5, "lower-learning-rate 2": 0.49})
    result = repair(bench, ladder(RATE, 0.9, 3), ladder(CLIP, 0.5))
    assert bench.asked == [
        "probe lower-learning-rate 0 (100)",
        "probe lower-learning-rate 1 (100)",
        "probe lower-learning-rate 2 (100)",  # lower still is no better
        "full lower-learning-rate 1",
    ]
    assert result.plan is not None and text(result.plan) == "lower-learning-rate 1"


# -- useless --------------------------------------------------------------------------------------


def test_of_a_useless_training_all_strong_remedies_are_compared() -> None:
    bench = Bench({"rescale-inputs 0": 0.8, "swap-activation 0": 0.3, "epsilon-loss 0": 0.9})
    result = repair(
        bench, ladder(SCALE, 0.8, cause=Code.DATA_UNSCALED_INPUTS), ladder(SWAP, 0.75, cause=Code.DEAD_RELU),
        ladder(GUARD, 0.2), useless=True, failed_at=FULL,
    )  # fmt: skip
    assert bench.asked == [
        "probe rescale-inputs 0 (150)",
        "probe swap-activation 0 (150)",
        "probe swap-activation 0 + rescale-inputs 0 (150)",  # would the other one help on top?
        "full swap-activation 0",
    ]
    assert result.plan is not None and text(result.plan) == "swap-activation 0"


def test_two_things_wrong_beyond_doubt_are_put_right_together_before_anything_else_is_tried() -> None:
    bench = Bench({"rescale-inputs 0 + epsilon-loss 0": 0.2})
    repair(
        bench, ladder(SCALE, 0.9, cause=Code.DATA_UNSCALED_INPUTS), ladder(GUARD, 0.86, cause=Code.UNSAFE_LOG),
        ladder(SWAP, 0.4, cause=Code.DEAD_RELU), useless=True, failed_at=FULL,
    )  # fmt: skip
    assert bench.asked[:2] == ["probe rescale-inputs 0 (150)", "probe rescale-inputs 0 + epsilon-loss 0 (150)"]
    assert bench.asked[-1] == "full rescale-inputs 0 + epsilon-loss 0"


def test_what_is_wrong_beyond_doubt_is_put_right_first() -> None:
    bench = Bench({"rescale-inputs 0": 0.8, "swap-activation 0": 0.3})
    repair(
        bench, ladder(SCALE, 0.99, cause=Code.DATA_UNSCALED_INPUTS), ladder(SWAP, 0.8, cause=Code.DEAD_RELU),
        useless=True, failed_at=FULL,
    )  # fmt: skip
    assert bench.asked[0] == "probe rescale-inputs 0 (150)"
    assert "probe swap-activation 0 (150)" not in bench.asked[1:2]


def test_what_cured_its_kin_is_run_in_full_before_anything_else() -> None:
    bench = Bench({"clip-gradients 1": 1.0})
    baseline = Attempt((), "baseline", "unstable", 10, 1.0)
    known = (Remedy(CLIP, {"level": 1}),)
    ladders = [ladder(GUARD, 0.9), ladder(SCALE, 0.8)]
    result = Controller(bench, ladders, baseline, full=FULL, limits=MANY, useless=False, first=[known]).repair()
    assert bench.asked == ["full clip-gradients 1"] and result.plan == known


def short_trial(bench: Bench, *ladders: Ladder, failed_at: int = 20) -> Result:
    """A trial of a sweep so short that a probe is the whole of it."""
    baseline = Attempt((), "baseline", "unstable", failed_at, 1.0)
    return Controller(
        bench, ladders, baseline, full=20, limits=MANY, useless=False, thorough=True,
    ).repair()  # fmt: skip


def test_where_each_try_costs_a_whole_run_what_is_likely_goes_together_at_once() -> None:
    likely = [ladder(SCALE, 0.9, cause=Code.DATA_UNSCALED_INPUTS), ladder(SWAP, 0.8, cause=Code.GRADIENT_EXPLOSION),
              ladder(CLIP, 0.75, cause=Code.GRADIENT_EXPLOSION), ladder(RATE, 0.5)]  # fmt: skip
    bench = Bench({"rescale-inputs 0 + swap-activation 0": 0.3})
    result = short_trial(bench, *likely)
    assert bench.asked == ["full rescale-inputs 0 + swap-activation 0"]
    assert result.plan is not None and len(result.plan) == 2


def test_a_try_that_was_the_whole_run_is_not_run_again_as_the_last() -> None:
    likely = [ladder(SCALE, 0.9, 1, Code.DATA_UNSCALED_INPUTS), ladder(SWAP, 0.5, 1, Code.DEAD_RELU)]
    bench = Bench({"rescale-inputs 0 + swap-activation 0": 0.3})
    result = short_trial(bench, *likely)
    assert bench.asked == [
        "full rescale-inputs 0",
        "full swap-activation 0",
        "full rescale-inputs 0 + swap-activation 0",
    ]
    assert result.final is not None and result.final.stable


def test_a_useless_training_that_nothing_helps_is_not_called_repaired() -> None:
    result = repair(Bench(), ladder(SCALE, 0.9), ladder(SWAP, 0.8), useless=True, failed_at=FULL)
    assert result.plan is None and result.final is None


# -- what fails in full, limits, nothing to try ---------------------------------------------------


def test_what_held_in_the_probe_and_fails_in_full_gives_way_to_the_next() -> None:
    bench = Bench({"epsilon-loss 0": 1.0, "clip-gradients 0": 2.0}, fails_in_full=frozenset({"epsilon-loss 0"}))
    result = repair(bench, ladder(GUARD, 0.9, 1), ladder(CLIP, 0.6, 1))
    assert bench.asked[:2] == ["probe epsilon-loss 0 (100)", "full epsilon-loss 0"]
    assert result.plan is None or text(result.plan) == "clip-gradients 0"
    assert all(attempt.kind != "full" or attempt.plan != result.plan or attempt.stable for attempt in result.attempts)


def test_without_a_remedy_nothing_is_attempted() -> None:
    bench = Bench()
    result = repair(bench)
    assert (result.plan, result.attempts, bench.asked) == (None, [], [])


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_no_more_attempts_than_allowed(most: int) -> None:
    bench = Bench()
    result = repair(bench, *(ladder(name, 0.8, 4) for name in (GUARD, SCALE, CLIP, RATE)), limits=Limits(most))
    assert len(bench.asked) == len(result.attempts) == most
    assert result.plan is None


def test_a_probe_is_not_started_where_the_full_run_after_it_could_not_be_paid() -> None:
    bench = Bench({"rescale-inputs 0": 1.0})
    ladders = [ladder(GUARD, 0.9), ladder(SCALE, 0.8)]
    repair(bench, *ladders, limits=Limits(30, steps=FULL + 10 + 150))
    assert bench.asked == ["probe epsilon-loss 0 (100)", "probe rescale-inputs 0 (100)", "full rescale-inputs 0"]
    bench = Bench({"rescale-inputs 0": 1.0})
    repair(bench, *ladders, limits=Limits(30, steps=FULL + 10 + 100))
    assert bench.asked == ["probe epsilon-loss 0 (100)"]  # it ended at step 7; another hundred are too many


def test_no_attempt_is_started_after_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("autostable.controller.time.monotonic", lambda: float(next(clock)))
    bench = Bench()
    result = repair(bench, ladder(GUARD, 0.9, 4), ladder(SCALE, 0.8, 4), limits=Limits(30, seconds=25.0))
    assert len(bench.asked) == 2  # at 10 and 20 seconds; not at 30
    assert result.plan is None


def test_no_plan_is_attempted_twice_by_a_probe() -> None:
    bench = Bench(
        {"epsilon-loss 0 + rescale-inputs 0 + lower-learning-rate 1": 1.0}, wild=frozenset({"epsilon-loss 0"})
    )
    repair(bench, *(ladder(name, 0.8, 4) for name in (GUARD, SCALE, SWAP)), ladder(RATE, 0.2, 6))
    assert len(set(bench.asked)) == len(bench.asked)


def test_the_same_evidence_and_outcomes_give_the_same_attempts() -> None:
    ladders = [ladder(name, weight, 4) for name, weight in ((GUARD, 0.9), (SCALE, 0.8), (SWAP, 0.8), (RATE, 0.3))]
    holds = {"epsilon-loss 0 + rescale-inputs 0": 1.0, "rescale-inputs 0": 1.02, "swap-activation 0": 0.7}
    benches = [Bench(holds) for _ in range(3)]
    plans = {repr(repair(bench, *ladders).plan) for bench in benches}
    assert len(plans) == 1
    assert benches[0].asked == benches[1].asked == benches[2].asked


def test_without_a_known_length_the_failure_gives_the_length_of_a_probe() -> None:
    bench = Bench({"epsilon-loss 0": 1.0})
    repair(bench, ladder(GUARD, 0.9), full=None, failed_at=40)
    assert bench.asked == ["probe epsilon-loss 0 (100)", "full epsilon-loss 0"]


def test_plans_are_compared_after_the_same_number_of_steps() -> None:
    """A short probe of the newcomer is not held against the longer one of the plan in force."""

    class Falling(Bench):
        def attempt(self, plan: Plan, *, kind: str, steps: int | None) -> Attempt:
            self.asked.append(f"{kind} {text(plan)}")
            ran = FULL if steps is None else steps
            start = 1.0 if len(plan) == 1 else 0.5  # the pair is twice as good after every number of steps
            curve = tuple(start * (1 - 0.9 * index / 400) for index in range(0, ran, max(1, ran // 100)))[:100]
            return Attempt(plan, kind, "stable", ran, 1.0, curve[0], curve[-1], curve[-1], curve=curve)

    bench = Falling()
    result = repair(
        bench, ladder(GUARD, 0.9, cause=Code.UNSAFE_LOG), ladder(SCALE, 0.8, cause=Code.DATA_UNSCALED_INPUTS),
        failed_at=200,
    )  # fmt: skip
    assert "probe epsilon-loss 0 + rescale-inputs 0" in bench.asked
    assert result.plan is not None and len(result.plan) == 2


def test_no_second_full_run_is_begun_that_the_budget_does_not_pay() -> None:
    class Late(Bench):
        """Whatever holds in a probe diverges at the very end."""

        def attempt(self, plan: Plan, *, kind: str, steps: int | None) -> Attempt:
            made = super().attempt(plan, kind=kind, steps=steps)
            return dataclasses.replace(made, outcome="unstable", yardstick=None) if kind == "full" else made

    bench = Late({f"{RATE} 0": 0.5, f"{SCALE} 0": 0.4})
    ladders = ladder(RATE, 0.9, 1), ladder(SCALE, 0.8, 1)
    result = repair(bench, *ladders, failed_at=FULL, useless=True, limits=Limits(attempts=30, steps=3 * FULL))
    assert result.plan is None
    assert [each for each in bench.asked if each.startswith("full")] == [f"full {RATE} 0"]


def test_a_rate_far_too_low_is_raised_until_the_training_learns() -> None:
    steps = Ladder(tuple(Remedy("raise-learning-rate", {"level": level}) for level in range(4)), 0.55, None, start=1)
    holds = {f"raise-learning-rate {level}": 2.0 for level in range(3)} | {"raise-learning-rate 3": 0.1}
    bench = Bench(holds)
    baseline = Attempt((), "baseline", "stable", FULL, 1.0, 2.0, 2.0, 2.0)
    result = Controller(bench, [steps], baseline, full=FULL, limits=MANY, useless=True).repair()
    assert bench.asked == [
        "probe raise-learning-rate 1 (150)", "probe raise-learning-rate 2 (150)", "probe raise-learning-rate 3 (150)",
        "full raise-learning-rate 3",
    ]  # fmt: skip
    assert result.plan is not None and text(result.plan) == "raise-learning-rate 3"


def test_a_rate_that_was_found_without_a_cause_goes_on_too() -> None:
    name = "raise-learning-rate"
    steps = Ladder(tuple(Remedy(name, {"level": level}) for level in range(4)), 0.2, None)
    bench = Bench({f"{name} 0": 1.9, f"{name} 1": 1.2, f"{name} 2": 0.5, f"{name} 3": 0.49})
    baseline = Attempt((), "baseline", "stable", FULL, 1.0, 2.0, 2.0, 2.0)
    result = Controller(bench, [steps], baseline, full=FULL, limits=MANY, useless=True).repair()
    assert result.plan is not None and text(result.plan) == f"{name} 2"
    assert bench.asked == [*(f"probe {name} {level} (150)" for level in range(4)), f"full {name} 2"]


@pytest.mark.parametrize(("weight", "tuned"), [(0.49, False), (0.51, True)])
def test_from_which_weight_on_a_rate_is_tuned_on_top(weight: float, tuned: bool) -> None:
    bench = Bench({f"{GUARD} 0": 2.0, f"{GUARD} 0 + {RATE} 0": 0.5})
    baseline = Attempt((), "baseline", "unstable", 10, 1.0)
    controller = Controller(bench, [ladder(RATE, weight, 1)], baseline, full=FULL, limits=MANY, useless=False)
    held = (Remedy(GUARD, {"level": 0}),)
    assert controller._holds(held)
    assert text(controller._tuned(held)) == (f"{GUARD} 0 + {RATE} 0" if tuned else f"{GUARD} 0")


def test_a_plan_that_is_finite_but_idle_is_tried_with_a_higher_rate() -> None:
    faster = [Remedy("raise-learning-rate", {"level": level}) for level in range(3)]
    bench = Bench(
        {"rescale-inputs 0": 1.0, "rescale-inputs 0 + raise-learning-rate 1": 0.2},
        idle=frozenset({"rescale-inputs 0"}),
    )
    baseline = Attempt((), "baseline", "unstable", 10, 1.0)
    result = Controller(
        bench, [ladder(SCALE, 0.9, levels=1)], baseline, full=FULL, limits=MANY, useless=False, idle=lambda plan: faster,
    ).repair()  # fmt: skip
    assert bench.asked == ["full rescale-inputs 0", "full rescale-inputs 0 + raise-learning-rate 0",
                           "full rescale-inputs 0 + raise-learning-rate 1"]  # fmt: skip
    assert result.plan is not None and text(result.plan) == "rescale-inputs 0 + raise-learning-rate 1"


@pytest.mark.parametrize(
    ("constant", "swings", "held"),
    [(1.0, False, True), (None, False, False), (0.7, False, False), (None, True, True)],
)
def test_a_lucky_first_batch_is_no_measure(constant: float | None, swings: bool, held: bool) -> None:
    """Bounded is what ends within twice the start, or twice the loss of a constant where that is more."""
    bench = Bench({"lower-learning-rate 0": 1.6})
    baseline = Attempt((), "baseline", "unstable", 10, 1.0, 0.5, math.nan)
    with_own_loss = Ladder((Remedy(RATE, {"level": 0, "factor": 0.1}),), 0.9, None)
    result = Controller(
        bench, [with_own_loss], baseline, full=FULL, limits=MANY, useless=False, constant=constant, swings=swings
    ).repair()
    assert (result.plan is not None) is held


def test_other_strengths_of_the_best_remedy_are_tried_where_the_first_is_finite_and_no_more() -> None:
    bench = Bench(
        {f"epsilon-loss {level}": 1.0 for level in range(4)}, idle=frozenset({f"epsilon-loss {n}" for n in range(3)})
    )
    result = repair(bench, ladder(GUARD, 0.9, levels=4), ladder(SCALE, 0.2), full=None)
    assert [name for name in bench.asked if name.startswith("full")] == [
        "full epsilon-loss 0", "full epsilon-loss 1", "full epsilon-loss 3",
    ]  # fmt: skip
    assert result.plan is not None and text(result.plan) == "epsilon-loss 3"


# -- where a plan fails elsewhere -----------------------------------------------------------------


def followed(bench: Bench, *ladders: Ladder, after: Mapping[str, str], full: int = FULL, failed_at: int = 10) -> Result:
    """A repair in which `after` tells what comes after a plan that has failed (of names and levels)."""

    def next_of(plan: Plan) -> Plan | None:
        name = after.get(text(plan))
        steps = [] if name is None else [part.rsplit(" ", 1) for part in name.split(" + ")]
        return tuple(Remedy(step, {"level": int(level)}) for step, level in steps) or None

    baseline = Attempt((), "baseline", "unstable", failed_at, 1.0)
    return Controller(bench, ladders, baseline, full=full, limits=MANY, useless=False, after=next_of).repair()


def test_the_next_place_is_treated_before_anything_else_is_tried() -> None:
    bench = Bench({"epsilon-loss 0 + rescale-inputs 0": 1.0})
    result = followed(
        bench, ladder(GUARD, 0.9), ladder(RATE, 0.48), after={"epsilon-loss 0": "epsilon-loss 0 + rescale-inputs 0"}
    )
    assert bench.asked == [
        "probe epsilon-loss 0 (100)", "probe epsilon-loss 0 + rescale-inputs 0 (100)",
        "probe rescale-inputs 0 (100)", "full epsilon-loss 0 + rescale-inputs 0",
    ]  # fmt: skip
    assert result.plan is not None and text(result.plan) == "epsilon-loss 0 + rescale-inputs 0"


def test_a_run_in_full_that_fails_later_is_followed_too() -> None:
    bench = Bench({"epsilon-loss 0": 1.0, "epsilon-loss 1": 1.0}, fails_in_full=frozenset({"epsilon-loss 0"}))
    followed(bench, ladder(GUARD, 0.9), ladder(RATE, 0.48), after={"epsilon-loss 0": "epsilon-loss 1"})
    assert bench.asked == ["probe epsilon-loss 0 (100)", "full epsilon-loss 0", "full epsilon-loss 1"]


def test_what_leads_nowhere_is_left() -> None:
    bench = Bench({"lower-learning-rate 0": 1.0})
    result = followed(bench, ladder(GUARD, 0.9), ladder(RATE, 0.48), after={"epsilon-loss 0": "epsilon-loss 1"})
    assert bench.asked[:3] == [
        "probe epsilon-loss 0 (100)", "probe epsilon-loss 1 (100)", "probe lower-learning-rate 0 (100)",
    ]  # fmt: skip
    assert result.plan is not None and text(result.plan) == "lower-learning-rate 0"

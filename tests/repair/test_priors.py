"""What is believed of remedies: the hand-written order first, counts as far as they outweigh it."""

from __future__ import annotations

from autostable.records import Attempt, Cause, Code, Remedy, Report, Verdict
from autostable.repair.ladders import REMEDIES
from autostable.repair.priors import chance, counts, in_order
from benchmarks.learn_priors import counted

NAMES = ("swap-activation", "clip-gradients", "lower-learning-rate")


def test_without_counts_the_hand_written_order_stands() -> None:
    for code, names in REMEDIES.items():
        assert in_order(code, names, {}) == names


def test_one_failure_or_two_do_not_overturn_the_order() -> None:
    assert in_order(Code.DEAD_RELU, NAMES, {"dead-relu": {"swap-activation": (1, 0)}})[0] == "swap-activation"


def test_many_failures_do_and_cures_bring_forward() -> None:
    known = {"dead-relu": {"swap-activation": (9, 1), "lower-learning-rate": (20, 20)}}
    assert in_order(Code.DEAD_RELU, NAMES, known) == ("lower-learning-rate", "clip-gradients", "swap-activation")
    assert in_order(Code.GRADIENT_EXPLOSION, NAMES, known) == NAMES


def test_the_chance_is_between_what_was_believed_and_what_was_seen() -> None:
    assert chance(1, 0, 0) == 0.8
    assert 0.5 < chance(1, 10, 5) < 0.8


def test_the_counts_kept_are_of_known_causes_and_remedies() -> None:
    for code, seen in counts().items():
        assert set(seen) <= set(REMEDIES[Code(code)])
        assert all(0 <= cured <= tried for tried, cured in seen.values())


def test_counting_charges_a_remedy_to_the_best_cause_that_calls_for_it() -> None:
    clip, lower = Remedy("clip-gradients"), Remedy("lower-learning-rate")
    report = Report(
        Verdict.REPAIRED, {},
        causes=(Cause(Code.UNSAFE_EXP, 0.9, ""), Cause(Code.LEARNING_RATE_TOO_HIGH, 0.6, "")), plan=(clip,),
        attempts=(Attempt((), "baseline", "unstable", 5, 1.0), Attempt((lower,), "probe", "unstable", 5, 1.0),
                  Attempt((clip,), "full", "stable", 9, 1.0)),
    )  # fmt: skip
    assert counted([(report, True)]) == {
        "learning-rate-too-high": {"lower-learning-rate": [1, 0]}, "unsafe-exp": {"clip-gradients": [1, 1]}
    }  # fmt: skip
    assert counted([(report, False)])["unsafe-exp"] == {"clip-gradients": [1, 0]}

"""What is believed of cures before anything was tried, and how failures change it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from autostable.repair import chances
from autostable.repair.beliefs import ABSENT, Beliefs, strengths
from tests.repair.patients import CLIP, FASTER, GUARD, NORM, SCALE, SLOWER, SWAP, ladder

pytestmark = pytest.mark.usefixtures("known_chances")

TWO = [ladder(GUARD, 0.99), ladder(SCALE, 0.95)]


def beliefs(*ladders: object) -> Beliefs:
    return Beliefs(ladders, 24)  # type: ignore[arg-type]


def test_the_odds_of_one_remedy_are_those_of_its_chance() -> None:
    known = beliefs(ladder(GUARD, 0.99, 1))
    chance = chances.chance(0.99, "first")
    odds = (1 - chances.STRONGER) * chance / (1 - chance)
    assert known.holds([0]) == pytest.approx(odds / (1 + odds))
    assert known.holds([ABSENT]) == 0


def test_a_plan_of_two_holds_by_either_or_by_both_unless_one_spoils_it() -> None:
    known = beliefs(*(dataclasses.replace(each, strengths=each.strengths[:1]) for each in TWO))
    odds = [(1 - chances.STRONGER) * chance / (1 - chance) for chance in known.chances]
    both = chances.together() * odds[0] * odds[1]
    whole = 1 + sum(odds) + both
    assert known.holds([0, 0]) == pytest.approx((sum(odds) * (1 - chances.HARM) + both) / whole)
    assert known.holds([0, ABSENT]) == pytest.approx(odds[0] / whole)


def test_what_failed_alone_is_not_the_cure_and_may_still_be_part_of_it() -> None:
    known = beliefs(*TWO)
    before = known.holds([0, 0]), known.holds([ABSENT, 0])
    known.failed([0, ABSENT])
    assert known.holds([0, ABSENT]) == 0
    assert 0 < known.holds([0, 0]) < before[0]
    assert known.holds([ABSENT, 0]) > before[1], "the others are likelier for it"


def test_what_failed_together_may_be_the_cure_alone() -> None:
    known = beliefs(*TWO)
    before = known.holds([0, ABSENT])
    known.failed([0, 0])
    assert 0 < known.holds([0, ABSENT]) < before


def test_a_stronger_plan_holds_where_a_milder_one_is_enough() -> None:
    known = beliefs(ladder(GUARD, 0.99, 3))
    known.failed([0])
    assert known.holds([1]) > 0
    assert known.holds([2]) > known.holds([1]), "by its own strength, and by that below"
    known.failed([2])
    assert 0 < known.holds([1]) < known.holds([2]) + 1


def test_what_waits_for_another_is_in_no_cure_without_it() -> None:
    known = beliefs(dataclasses.replace(ladder(SWAP, 0.9), after=SCALE), ladder(SCALE, 0.95))
    swapped = known.cures[:, 0] != ABSENT
    assert swapped.any() and (known.cures[swapped, 1] != ABSENT).all()


def test_cures_of_several_are_looked_for_among_the_first_only() -> None:
    ladders = [ladder(name, 0.9, 1) for name in (GUARD, SCALE, SWAP, NORM, CLIP, SLOWER, FASTER)]
    known = Beliefs(ladders, 15)
    sizes = (known.cures != ABSENT).sum(axis=1)
    assert {size: int((sizes == size).sum()) for size in (1, 2, 3)} == {1: 7, 2: 10, 3: 1}


def test_remedies_for_one_cause_are_seldom_needed_together() -> None:
    same = [dataclasses.replace(each, cause=TWO[0].cause, strengths=each.strengths[:1]) for each in TWO]
    apart = [dataclasses.replace(each, strengths=each.strengths[:1]) for each in TWO]

    def pair(known: Beliefs) -> float:
        both = (known.cures != ABSENT).all(axis=1)
        known.failed([0, ABSENT])
        known.failed([ABSENT, 0])
        return float(known.each_holds()[both][0])

    assert pair(beliefs(*same)) < pair(beliefs(*apart))


def test_what_was_seen_raises_the_odds_of_some_and_never_lowers_them() -> None:
    known = beliefs(ladder(GUARD, 0.99), ladder(SLOWER, 0.15, 1))
    before = known.holds([ABSENT, 0])
    known.found([False, True], 1.0)
    raised = known.holds([ABSENT, 0])
    assert before < 0.1 < raised
    known.found([False, True], 0.01)
    assert known.holds([ABSENT, 0]) == pytest.approx(raised)


@pytest.mark.parametrize(
    ("name", "start", "best"), [(GUARD, 0, [0, 1, 2, 3]), (SLOWER, 2, [2, 1, 0, 3]), (FASTER, 1, [1, 2, 3, 0])]
)
def test_which_strength_is_likely_the_mildest_that_is_enough(name: str, start: int, best: list[int]) -> None:
    """The first one; then, of a rate, those that are faster."""
    shares = strengths(ladder(name, 0.9, 4, start=start))
    assert name == GUARD or sum(shares) == pytest.approx(1)
    assert sorted(range(4), key=lambda level: -shares[level]) == best


def test_each_cure_as_a_plan_is_as_likely_to_hold_as_asked_one_by_one() -> None:
    known = beliefs(*TWO, ladder(SLOWER, 0.5, 3))
    known.failed([0, ABSENT, ABSENT])
    assert np.allclose(known.each_holds(), [known.holds(levels) for levels in known.cures])

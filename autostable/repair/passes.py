"""What a search may try next. A pass proposes; it runs nothing and decides nothing (see `engine`)."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from autostable.records import Code, Plan
from autostable.repair import beliefs
from autostable.repair.beliefs import ABSENT, Beliefs
from autostable.repair.ladders import Ladder

_OF_STEPS = (Code.LEARNING_RATE_TOO_HIGH, Code.GRADIENT_EXPLOSION, None)  # causes; last resorts have none
EVEN = 0.5  # the chance from which on a plan is likelier to be the cure than not


class Aim(enum.Enum):
    """What a plan is tried for."""

    CURE = "cure"  # to hold
    BETTER = "better"  # to be clearly better than the best so far
    SMALLER = "smaller"  # to be as good as the best so far with less
    PACE = "pace"  # to be no worse than the best so far, at another pace
    LAST = "last"  # to be run to the end


@dataclasses.dataclass(frozen=True)
class Proposal:
    """A plan that may be tried.

    Attributes:
        kind: "probe" or "full".
        chance: How likely it is what it is tried for.
    """

    plan: Plan
    kind: str
    aim: Aim
    chance: float


class View(Protocol):
    """What the passes see of a search."""

    ladders: tuple[Ladder, ...]
    beliefs: Beliefs
    full: float
    length: int
    useless: bool

    def known(self, plan: Plan) -> bool:
        """Whether a plan was attempted."""

    def levels(self, plan: Plan) -> list[int]:
        """The strengths of a plan's remedies, by ladder."""

    def plan_of(self, levels: Iterable[int]) -> Plan:
        """The plan with these strengths."""

    def under(self, ladder: Ladder, plan: Plan) -> Ladder:
        """A ladder as it would be with a plan in force."""

    def length_for(self, aim: Aim) -> int:
        """Steps of a probe."""

    def short(self, plan: Plan) -> bool:
        """Whether a plan that holds is still far from what is to be had."""

    def far(self, plan: Plan) -> bool:
        """Whether a plan that holds is still above twice a constant's loss."""

    def lost(self) -> float:
        """Steps that are lost where a plan that does not hold was run in full at once."""

    def pays(self, chance: float, steps: float) -> bool:
        """Whether a comparison is worth its steps."""


def cures(search: View) -> Iterator[Proposal]:
    """Plans that are not known, the largest chance of cure per training step first.

    A plan costs a probe, and those that make it small: of several remedies each is left out or tried alone (two probes
    more for each further one), and one that is stronger than at first is tried milder. If it holds it costs the whole run.
    """
    chances = search.beliefs.each_holds()
    levels, first = search.beliefs.cures, np.array([ladder.start for ladder in search.ladders])
    probes = 2 * (levels != ABSENT).sum(axis=1) - 1 + (levels > first).sum(axis=1)
    steps = search.length * probes + chances * search.full
    for place in np.argsort(-chances / steps, kind="stable"):
        plan = search.plan_of(search.beliefs.cures[place])
        if plan and not search.known(plan):
            chance = float(chances[place])
            yield Proposal(plan, _kind(search, plan, chance), Aim.CURE, chance)


def _kind(search: View, plan: Plan, chance: float) -> str:
    """The whole run at once where a probe would not pay: not for what a failure costs, nor to compare the plan with others.

    A run in full is seen by whoever waits for it: it must be likelier to be the last one than not.
    """
    if chance < EVEN or (1 - chance) * search.lost() > search.length:
        return "probe"
    return next_around(search, plan).kind


def added(search: View, held: Plan) -> Iterator[Proposal]:
    """A remedy more, for a cause that is not treated yet: of those that make a training better.

    A plan that is still far above a constant, or far from what a plain model lets expect, lacks one as likely as not: the
    most promising.
    """
    present, lacking = {step.name for step in held}, search.far(held) or search.short(held)
    for place, ladder in enumerate(search.ladders):
        if not ladder.betters or _treated(search, ladder, held) or ladder.after not in (None, *present):
            continue
        plan = (*held, search.under(ladder, held).first)
        yield Proposal(plan, "probe", Aim.BETTER, max(search.beliefs.more(place), EVEN if lacking else 0.0))
        lacking = False


def faster(search: View, held: Plan) -> Iterator[Proposal]:
    """A further strength of a remedy that makes a training faster: the best lies somewhere on its ladder."""
    levels = search.levels(held)
    for place, level in enumerate(levels):
        ladder = search.ladders[place]
        if level == ABSENT or ladder.pace is None or not ladder.pace.faster or level + 1 >= len(ladder.strengths):
            continue
        shares = beliefs.strengths(ladder)
        plan = search.plan_of(_shifted(levels, place, 1))
        yield Proposal(plan, "probe", Aim.BETTER, sum(shares[level + 1 :]) / sum(shares[level:]))


def otherwise(search: View, held: Plan) -> Iterator[Proposal]:
    """Another strength of a remedy whose strengths are alternatives, where the plan is far from what is to be had."""
    levels = search.levels(held)
    for place, level in enumerate(levels):
        ladder = search.ladders[place]
        if level == ABSENT or not ladder.alternatives or level + 1 >= len(ladder.strengths) or not search.short(held):
            continue
        yield Proposal(
            search.plan_of(_shifted(levels, place, 1)), "probe", Aim.BETTER, EVEN
        )  # nothing speaks against it


def instead(search: View, held: Plan) -> Iterator[Proposal]:
    """Another remedy in the place of a single one for steps that are too large: how far each lets a training come differs.

    A clipped training may creep along where a lower rate would have arrived. That steps are at fault is known now: which of
    these remedies is the right one is as likely as they were beside each other. At the strengths to begin with; only of a
    training that failed: one that came to its end has shown how far it comes by itself.
    """
    chances = {
        ladder.name: chance
        for ladder, chance in zip(search.ladders, search.beliefs.chances, strict=True)
        if ladder.cause in _OF_STEPS and not ladder.betters
    }
    if search.useless or len(held) != 1 or held[0].name not in chances:
        return
    own = chances[held[0].name]
    for ladder in search.ladders:
        if ladder.name in chances and ladder.name != held[0].name and ladder.after is None:
            chance = chances[ladder.name]
            plan = (search.under(ladder, ()).first,)
            yield Proposal(plan, "probe", Aim.CURE, chance / (chance + own))  # it has to hold by itself


def without(search: View, held: Plan) -> Iterator[Proposal]:
    """One remedy less, the least promising first; not one for a plain fault."""
    plain = {ladder.name for ladder in search.ladders if ladder.plain}
    likely = search.beliefs.holds(search.levels(held))
    for place in reversed(range(len(held))):
        plan = (*held[:place], *held[place + 1 :])
        if plan and likely and held[place].name not in plain:
            yield Proposal(plan, "probe", Aim.SMALLER, search.beliefs.holds(search.levels(plan)) / likely)


def milder(search: View, held: Plan) -> Iterator[Proposal]:
    """One remedy at its next milder strength."""
    levels = search.levels(held)
    likely = search.beliefs.holds(levels)
    for place, level in enumerate(levels):
        if level > 0 and likely:
            less = _shifted(levels, place, -1)
            aim = Aim.SMALLER if search.ladders[place].pace is None else Aim.PACE
            yield Proposal(search.plan_of(less), "probe", aim, search.beliefs.holds(less) / likely)


def next_around(search: View, held: Plan) -> Proposal:
    """What to try next around a plan that holds: first what may be better, then what is less, at last the whole run."""
    for tried in ((added, instead, faster, otherwise), (without, milder)):
        found = [each for make in tried for each in _worthy(search, make(search, held))]
        if found:
            return max(found, key=lambda each: each.chance)
    return Proposal(held, "full", Aim.LAST, search.beliefs.holds(search.levels(held)))


def _worthy(search: View, proposals: Iterable[Proposal]) -> Iterator[Proposal]:
    for each in proposals:
        if not search.known(each.plan) and search.pays(each.chance, search.length_for(each.aim)):
            yield each


def _treated(search: View, ladder: Ladder, plan: Plan) -> bool:
    """Whether a plan holds this remedy, or another one for the same cause."""
    names = {step.name for step in plan}
    return ladder.name in names or ladder.cause in {each.cause for each in search.ladders if each.name in names}


def _shifted(levels: list[int], place: int, by: int) -> list[int]:
    return [level + by * (index == place) for index, level in enumerate(levels)]

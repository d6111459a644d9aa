"""The strengths that a plan may have, as a space to be searched, and how its points are scored. Pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence

from autostable import registry
from autostable.records import Plan, Remedy, to_json
from autostable.repair import ladders
from autostable.setup import Setup
from autostable.story import Story

# Knobs that decide what the loss measures. Under two strengths that differ in one of them, two losses cannot
# be compared: a wider guard around a division makes the loss smaller and the model no better.
MEASURES = (
    "operations", "drop_rows", "drop_labels_outside", "whole_batches", "label_offset", "label_width", "label_shift",
    "label_divisor", "label_whole", "loss", "losses", "own_loss", "ignore_missing", "mask_labels_outside", "penalty_factor",
    "loss_exchanged", "loss_negated", "put_back",
)  # fmt: skip

Levels = Mapping[str, int]


@dataclasses.dataclass(frozen=True)
class Dial:
    """One remedy of one training's plan, with the strengths that it may have.

    Attributes:
        number: Of the training in the program.
        place: Of the remedy in the plan.
        strengths: Mild to strong.
        found: Which of them the plan has that was found.
    """

    number: int
    place: int
    strengths: tuple[Remedy, ...]
    found: int

    @property
    def name(self) -> str:
        """What the oracle calls it; no two dials have the same."""
        return f"training {self.number}, {self.place + 1}: {self.strengths[self.found].name}"


@dataclasses.dataclass(frozen=True)
class Space:
    """All plans that differ from those found in strengths only.

    Attributes:
        found: For each training (its number as a string) the plan that was found.
        dials: What is searched.
    """

    found: Mapping[str, Plan]
    dials: tuple[Dial, ...]

    @property
    def size(self) -> int:
        """How many points there are, the one found included."""
        return math.prod(len(dial.strengths) for dial in self.dials)

    def plans(self, levels: Levels) -> dict[str, Plan]:
        """The plans at a point."""
        plans = dict(self.found)
        for dial in self.dials:
            plan, place = plans[str(dial.number)], dial.place
            plans[str(dial.number)] = (*plan[:place], dial.strengths[levels[dial.name]], *plan[place + 1 :])
        return plans

    def points(self) -> Iterator[dict[str, int]]:
        """All points, that of the found plan first, then its neighbours, then theirs."""
        reach = sum(len(dial.strengths) - 1 for dial in self.dials)
        for distance in range(reach + 1):
            yield from _at(self.dials, distance)


def _at(dials: Sequence[Dial], distance: int) -> Iterator[dict[str, int]]:
    if not dials:
        if distance == 0:
            yield {}
        return
    first = dials[0]
    for level in range(len(first.strengths)):
        left = distance - abs(level - first.found)
        if left >= 0:
            for others in _at(dials[1:], left):
                yield {first.name: level, **others}


def space_of(stories: Sequence[Story]) -> Space:
    """What can be searched in the plans of these trainings; without dials where there is nothing."""
    dials = []
    for story in stories:
        for place, own in enumerate(story.plan):
            if story.evidence is None:
                continue
            strengths = tuple(
                strength
                for strength in ladders.alternatives(story.plan, place, story.evidence)
                if _measured_alike(story.plan, place, strength)
            )
            if len(strengths) > 1:
                found = [to_json(strength) for strength in strengths].index(to_json(own))
                dials.append(Dial(story.number, place, strengths, found))
    return Space({str(story.number): story.plan for story in stories if story.plan}, tuple(dials))


def _measured_alike(plan: Plan, place: int, strength: Remedy) -> bool:
    """Whether the loss means the same with another strength in place."""

    def measures(setup: Setup) -> list[object]:
        return [getattr(setup, name) for name in MEASURES]

    changed = (*plan[:place], strength, *plan[place + 1 :])
    return measures(registry.setup_of(changed)) == measures(registry.setup_of(plan))


def score(found: Mapping[str, float], now: Mapping[str, float]) -> float:
    """How a point's yardsticks compare with those of the found plan, over all trainings: 0 is as good, -0.1 is 10 % less.

    Relative to the magnitude, so that losses below zero (log-likelihoods) are compared rightly too.
    """
    return math.fsum((now[key] - value) / max(abs(value), 1e-12) for key, value in found.items()) / len(found)

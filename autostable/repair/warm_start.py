"""What cured whom: trainings with the same symptom try first what cured their kin. Pure.

A *family* is a symptom with the causes that stand behind it. What is kept of a cure is its *recipe*:
remedies with their strength as a place on the ladder, so that it can be drawn up anew for another
configuration (whose layers have other names, whose data may have another scale).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autostable import registry
from autostable.evidence import Evidence
from autostable.knowledge.signs import LIKELY
from autostable.records import Cause, Plan, Remedy, Symptom, Verdict
from autostable.repair import ladders
from autostable.repair.what_if import with_plan
from autostable.story import Story
from autostable.strategy import Pace

PROMISING = 0.4  # a recipe that is less likely to cure is no longer tried first
MOST = 2  # plans of its kin that a training tries before it goes its own way


@dataclasses.dataclass(frozen=True)
class Step:
    """One remedy of a recipe: its place on the ladder, or its parameters where it stands on no ladder."""

    name: str
    level: int | None
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Lesson:
    """One training from which others can learn.

    Attributes:
        families: Names of its families, the closest first.
        recipe: What was tried.
        cured: Whether it did.
    """

    families: tuple[str, ...]
    recipe: tuple[Step, ...]
    cured: bool


@dataclasses.dataclass
class _Tally:
    cured: int = 0
    failed: int = 0

    @property
    def promise(self) -> float:
        """Laplace's estimate that it will cure the next one."""
        return (self.cured + 1) / (self.cured + self.failed + 2)


class Kin:
    """The memory of a sweep. Learning and asking take time that does not grow with what was learnt."""

    def __init__(self, lessons: Iterable[Lesson] = ()) -> None:
        self._families: dict[str, dict[str, _Tally]] = {}
        self._recipes: dict[str, tuple[Step, ...]] = {}
        for lesson in lessons:
            self.learn(lesson)

    def learn(self, lesson: Lesson) -> None:
        """Remember one outcome."""
        key = repr(lesson.recipe)
        self._recipes.setdefault(key, lesson.recipe)
        for family in lesson.families:
            tally = self._families.setdefault(family, {}).setdefault(key, _Tally())
            if lesson.cured:
                tally.cured += 1
            else:
                tally.failed += 1

    def recipes(self, families: Sequence[str]) -> list[tuple[Step, ...]]:
        """What to try first: recipes of the closest family that knows any, the most promising first."""
        for family in families:
            promising = [
                (tally.promise, self._recipes[key])
                for key, tally in self._families.get(family, {}).items()
                if tally.cured and tally.promise >= PROMISING
            ]
            if promising:
                promising.sort(key=lambda each: (-each[0], len(each[1])))
                return [recipe for _, recipe in promising[:MOST]]
        return []

    def plans(self, symptom: Symptom, causes: Sequence[Cause], evidence: Evidence) -> list[Plan]:
        """The plans that a failing training tries before it goes its own way."""
        found: list[Plan] = []
        for recipe in self.recipes(families(symptom, causes)):
            for plan in (drawn_up(recipe, evidence), drawn_up(stronger(recipe), evidence)):
                if plan and plan not in found:
                    found.append(plan)
        return found[:MOST]


def families(symptom: Symptom, causes: Sequence[Cause]) -> tuple[str, ...]:
    """Names of the families of a failing training, the closest first."""
    strong = sorted({str(cause.code) for cause in causes if cause.confidence > LIKELY})
    first = [str(causes[0].code)] if causes else []
    names = [f"{symptom.kind}: {'+'.join(strong)}", "+".join(strong), *first] if strong or first else [symptom.kind]
    return tuple(dict.fromkeys(name for name in names if name))


def recipe_of(plan: Plan, evidence: Evidence) -> tuple[Step, ...]:
    """What of a plan can be told to others."""
    steps = []
    for place, remedy in enumerate(plan):
        strengths = _strengths(remedy.name, plan[:place], evidence)
        level = strengths.index(remedy) if remedy in strengths else None
        steps.append(Step(remedy.name, level, {} if level is not None else dict(remedy.parameters)))
    return tuple(steps)


def drawn_up(recipe: Sequence[Step], evidence: Evidence) -> Plan:
    """A recipe as a plan for another configuration; remedies that do not apply there are left out."""
    plan: Plan = ()
    for step in recipe:
        if step.level is None:
            plan = (*plan, Remedy(step.name, step.parameters))
            continue
        strengths = _strengths(step.name, plan, evidence)
        if strengths:
            plan = (*plan, strengths[min(step.level, len(strengths) - 1)])
    return plan


def _strengths(name: str, before: Plan, evidence: Evidence) -> tuple[Remedy, ...]:
    """The ladder of a remedy on top of those before it: on raw inputs, say, no activation would help."""
    changed = with_plan(before, evidence)
    return ladders.strengths_of(name, changed) or ladders.strengths_of(name, evidence)


def stronger(recipe: Sequence[Step]) -> tuple[Step, ...]:
    """The recipe with the next strength of its learning rate: what is worse off than its kin may need only that."""
    return tuple(
        dataclasses.replace(step, level=step.level + 1) if step.level is not None and _slows(step) else step
        for step in recipe
    )


def _slows(step: Step) -> bool:
    """Whether it is a remedy of which worse cases of the same kind need more."""
    remedy = registry.remedies().get(step.name)
    return remedy is not None and remedy.pace is Pace.SLOWER


def lessons(story: Story) -> list[Lesson]:
    """What can be learnt from a training: what cured it, and the plans that were run in full and did not."""
    if story.evidence is None or story.symptom is None:
        return []
    names = families(story.symptom, story.causes)
    found = [
        Lesson(names, recipe_of(attempt.plan, story.evidence), cured=False)
        for attempt in story.attempts
        if attempt.plan and attempt.kind == "full" and not attempt.stable and attempt.plan != story.plan
    ]
    if story.verdict is Verdict.REPAIRED and story.plan:
        found.append(Lesson(names, recipe_of(story.plan, story.evidence), cured=True))
    return found

"""The outcomes of a sweep grouped by cause: what cured them, and which region of the space to avoid. Pure."""

from __future__ import annotations

import collections
import dataclasses
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autostable.sweeps.items import HOPELESS, RAISED, REPAIRED, SOUND, Outcome
from autostable.sweeps.regions import Region, region

NOT_AGAIN = "not seen again"  # the group of those that trained well this time
OWN_ERROR = "error of the program's own"


@dataclasses.dataclass(frozen=True)
class Group:
    """Configurations that failed for one reason.

    Attributes:
        cause: Code of the cause, or what was seen where none was found.
        plans: Names of the plans that cured them, with how many, most first.
    """

    cause: str
    outcomes: tuple[Outcome, ...]
    plans: tuple[tuple[str, int], ...]
    region: Region | None

    @property
    def cured(self) -> int:
        return sum(outcome.usable for outcome in self.outcomes)

    @property
    def telling(self) -> Region | None:
        """Its region, where that says something of why these configurations failed."""
        if self.cause == NOT_AGAIN or self.region is None or self.region.score < 0.6 or len(self.outcomes) < 3:
            return None
        return self.region


def groups(outcomes: Iterable[Outcome], sound: Sequence[Mapping[str, Any]]) -> list[Group]:
    """Group outcomes by their first cause, the largest group first."""
    by_cause: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_cause.setdefault(cause_of(outcome), []).append(outcome)
    found = []
    for cause, members in by_cause.items():
        plans = collections.Counter(plan_words(outcome) for outcome in members if outcome.verdict == REPAIRED)
        # Where every one raises, the program is at fault, and no region of the space.
        everywhere = cause == OWN_ERROR and len(by_cause) == 1
        where = None if everywhere else region([outcome.config for outcome in members], sound)
        found.append(Group(cause, tuple(members), tuple(plans.most_common()), where))
    return sorted(found, key=lambda group: (-len(group.outcomes), group.cause))


def cause_of(outcome: Outcome) -> str:
    """The name of an outcome's group."""
    if outcome.causes:
        return str(outcome.causes[0].code)
    if outcome.verdict == SOUND:
        return NOT_AGAIN
    if outcome.verdict == RAISED:
        return OWN_ERROR
    return outcome.symptom.kind if outcome.symptom is not None else "no cause found"


def plan_words(outcome: Outcome) -> str:
    """A plan by its remedies, the strength of the commonest one told."""
    names = []
    for remedy in outcome.plan:
        factor = remedy.parameters.get("factor")
        names.append(f"{remedy.name} {factor:g}x" if isinstance(factor, int | float) else remedy.name)
    return " + ".join(names)


def sentences(found: Sequence[Group]) -> list[str]:
    """The report in words, one sentence a group."""
    total = sum(len(group.outcomes) for group in found)
    texts = []
    for group in found:
        count = len(group.outcomes)
        where = f": {group.telling}" if group.telling is not None else ""
        if group.cause == NOT_AGAIN:
            cured = "trained well when run again"
        elif group.cause == OWN_ERROR:
            cured = _messages(group.outcomes)
        else:
            cured = "; ".join(f"{plan} cures {number}" for plan, number in group.plans[:3]) or "nothing cures them"
        texts.append(f"{count} of {total}: {group.cause}{where}; {cured}")
    return texts


def _messages(outcomes: Sequence[Outcome]) -> str:
    """What was raised, the commonest first."""
    number = collections.Counter(outcome.message for outcome in outcomes)
    texts = [text if 1 in (count, len(number)) else f"{text} ({count} times)" for text, count in number.most_common(3)]
    return "; ".join([*texts, f"and {len(number) - 3} more"] if len(number) > 3 else texts)


def advice(found: Sequence[Group], best: Outcome | None = None) -> list[str]:
    """Which regions of the space to avoid; only those that hold few sound configurations.

    Args:
        found: The groups.
        best: The best of the repaired ones, where that is known: advice must not speak against it.
    """
    texts = []
    for group in found:
        where = group.telling
        if where is None:
            continue
        texts.append(
            f"avoid {where}: {where.inside} of {where.group} failures ({group.cause}) and "
            f"{where.sound_inside} of {where.sound} sound configurations lie there" + _but(where, best)
        )
    return texts


def _but(where: Region, best: Outcome | None) -> str:
    if best is None or not all(test.holds(best.config) for test in where.tests):
        return ""
    return f"; with its plan ({plan_words(best)}) the best of the repaired ones lies there too"


def best_repaired(found: Sequence[Group], objective: str | None) -> Outcome | None:
    """The best of the repaired ones; None where nobody knows which way the score is better.

    Args:
        found: The groups.
        objective: "name:min" or "name:max".
    """
    name, _, direction = (objective or "").partition(":")
    scored = [each for group in found for each in group.outcomes if each.verdict == REPAIRED and name in each.metrics]
    if not scored or direction not in ("min", "max"):
        return None
    return (max if direction == "max" else min)(scored, key=lambda each: each.metrics[name])


def as_good(found: Sequence[Group], scores: Sequence[float], objective: str | None) -> str:
    """How many of the repaired are as good as sound ones; empty where nobody knows which way the score is better."""
    name, _, direction = (objective or "").partition(":")
    repaired = [each.metrics[name] for group in found for each in group.outcomes
                if each.verdict == REPAIRED and name in each.metrics]  # fmt: skip
    if not repaired or not scores or direction not in ("min", "max"):
        return ""
    middle = statistics.median(scores)
    reached = sum(score >= middle if direction == "max" else score <= middle for score in repaired)
    return (
        f"{reached} of {len(repaired)} repaired ones do at least as well as the middle one of the {len(scores)} sound "
        f"({name} {middle:.4g})"
    )


def counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many outcomes of each verdict."""
    number = collections.Counter(outcome.verdict for outcome in outcomes)
    return {verdict: number[verdict] for verdict in (REPAIRED, SOUND, HOPELESS, RAISED)}

"""From one failing place to the next: what fails under a plan elsewhere is treated there as well. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from autostable import registry
from autostable.diagnosis import seen
from autostable.evidence import Evidence, Finding
from autostable.knowledge.signs import Kind
from autostable.records import Cause, Plan
from autostable.repair.ladders import Ladder

MOST_PLACES = 4  # of one training
RUNGS = 3  # strengths of a remedy that are tried where a training fails in the same place again

Prescribe = Callable[[Sequence[Cause], Evidence], Sequence[Ladder]]
_Place = tuple[str | None, ...]


@dataclasses.dataclass
class _Part:
    """A remedy for one place, and which of its strengths is in force."""

    ladder: Ladder
    rung: int


class Trail:
    """The places in which a training has failed so far, each with its remedy.

    Two operations that meet the same zero on two lines fail one after the other: guarding the first shows the second.

    Args:
        first: The remedy for where the training failed without a plan.
        evidence: What is known of that failure.
        prescribe: Gives the remedies for causes, best first.
    """

    def __init__(self, first: Ladder, evidence: Evidence, prescribe: Prescribe) -> None:
        assert evidence.finding is not None
        self._evidence, self._prescribe = evidence, prescribe
        self._parts = {_place(evidence.finding): _Part(first, first.start)}

    def after(self, plan: Plan, located: Callable[[Plan], Finding | None]) -> Plan | None:
        """What to try after a plan under which the training has failed.

        Args:
            plan: What this trail has come to, and what else there may be.
            located: Tells where it failed, None where that is not known; a replay, asked only of this trail's own plans.

        Returns:
            The plan with a stronger remedy where it failed in a place that was known, with one more where it did not; None
            where there is none, and of other plans.
        """
        finding = located(plan) if self._joined(plan) == plan else None
        if finding is None:
            return None
        place = _place(finding)
        known = self._parts.get(place)
        if known is not None:
            if known.rung + 1 >= min(len(known.ladder.strengths), known.ladder.start + RUNGS):
                return None
            known.rung += 1
        else:
            ladder = self._remedy_at(finding)
            if ladder is None or len(self._parts) >= MOST_PLACES:
                return None
            self._parts[place] = _Part(ladder, ladder.start)
        return self._joined(plan)

    def _joined(self, plan: Plan) -> Plan | None:
        names = {part.ladder.name for part in self._parts.values()}
        joined: Plan | None = ()
        for part in self._parts.values():
            joined = None if joined is None else registry.joined(joined, part.ladder.strengths[part.rung])
        return None if joined is None else (*joined, *(step for step in plan if step.name not in names))

    def _remedy_at(self, finding: Finding) -> Ladder | None:
        """The remedy for what is at fault in a place: for what was seen there alone, not in data, layers or course."""
        evidence = dataclasses.replace(self._evidence, finding=finding)
        causes = _located(evidence)
        return next(iter(self._prescribe(causes, evidence)), None) if causes else None


def trail_from(ladders: Sequence[Ladder], evidence: Evidence, prescribe: Prescribe) -> Trail | None:
    """A trail that begins with the first remedy, where that is for the place in which the training failed; else None."""
    if evidence.finding is None or not ladders or ladders[0].cause not in {cause.code for cause in _located(evidence)}:
        return None
    return Trail(ladders[0], evidence, prescribe)


def _located(evidence: Evidence) -> list[Cause]:
    """The causes that lie in the place that was found."""
    return [said.cause for said in seen(evidence) if said.sign.kind is Kind.LOCATED]


def _place(finding: Finding) -> _Place:
    site = finding.site
    line = None if site is None or site.line is None else str(site.line)
    return (finding.op.removesuffix("Grad"), None if site is None else site.file, line, finding.layer)

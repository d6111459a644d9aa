"""Faults that show without any run, and what they mean for the search. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from autostable.diagnosis import architecture, labels, plain_faults
from autostable.evidence import Evidence, Finding
from autostable.knowledge.signs import LIKELY, Said
from autostable.records import Attempt, Cause, Code, Plan
from autostable.repair.bench import Bench, GoesOn
from autostable.repair.ladders import treated

# Units at their ends are none of these: a network that has learnt may have brought them there (a Boltzmann machine does).
_OF_NETWORKS = (Code.VANISHING_GRADIENT, Code.DEAD_RELU, Code.BAD_INITIALIZATION)
NOTHING = "the loss means nothing under it either"


def plain_fault(evidence: Evidence, plan: Plan) -> Said | None:
    """A fault that data, output layer, loss and schedule show by themselves, and that the plan in force is not for."""
    return next((said for said in plain_faults(evidence) if not treated(plan, said.code)), None)


def out_of_reach(evidence: Evidence) -> bool:
    """Whether targets lie beyond what the last activation can give, whatever its weights become."""
    return any(said.sign is architecture.OUT_OF_REACH for said in architecture.output_mismatch(evidence))


def unable(causes: Sequence[Cause]) -> bool:
    """Whether what was seen of a network speaks for it that it could not learn anything: the likelier of causes that lie in it.

    Then that it has found nothing, and a plain model neither, does not say that there is nothing.
    """
    return any(cause.code in _OF_NETWORKS and cause.confidence > LIKELY for cause in causes)


def meaningless(fault: Said) -> bool:
    """Whether a fault makes the loss itself worthless (labels it has no place for, an output always 1, wrong targets)."""
    signs = (architecture.ONE_UNIT, labels.IN_TWO_UNITS, labels.WRAPPED)
    return fault.code in (Code.LABELS_OUT_OF_RANGE, Code.LOSS_MISMATCH) or fault.sign in signs


class Treating:
    """A bench of a training whose loss means nothing: no plan learns anything that leaves the fault as it is.

    Args:
        bench: Attempts the plans.
        fault: What makes the loss mean nothing.
    """

    def __init__(self, bench: Bench, fault: Said) -> None:
        self._bench, self._fault = bench, fault

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        if treated(plan, self._fault.code):
            return self._bench.attempt(plan, kind=kind, steps=steps, goes_on=goes_on)
        attempt = self._bench.attempt(plan, kind=kind, steps=steps)
        return dataclasses.replace(attempt, learnt=False, passes=False, why=attempt.why or NOTHING)

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._bench.located(plan)

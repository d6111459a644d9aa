"""Benches for the search: patients that answer from what is wrong with them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

from autostable.evidence import Finding
from autostable.records import Attempt, Code, Learning, Plan, Remedy
from autostable.repair.bench import GoesOn, Limits, Result
from autostable.repair.engine import Search
from autostable.repair.ladders import Ladder
from autostable.strategy import Pace

FULL = 1000
MANY = Limits(attempts=40)
GUARD, SCALE, TARGETS, SWAP, INIT, NORM, CLIP, SLOWER, FASTER = (
    "epsilon-loss",
    "rescale-inputs",
    "rescale-targets",
    "swap-activation",
    "reinitialize-weights",
    "insert-normalization",
    "clip-gradients",
    "lower-learning-rate",
    "raise-learning-rate",
)
CAUSES = {
    GUARD: Code.UNSAFE_LOG,
    SCALE: Code.DATA_UNSCALED_INPUTS,
    TARGETS: Code.DATA_UNSCALED_TARGETS,
    SWAP: Code.DEAD_RELU,
    INIT: Code.BAD_INITIALIZATION,
    NORM: Code.VANISHING_GRADIENT,
    CLIP: Code.GRADIENT_EXPLOSION,
    SLOWER: Code.LEARNING_RATE_TOO_HIGH,
    FASTER: Code.LEARNING_RATE_TOO_LOW,
}
KEEPING = (GUARD, CLIP, SLOWER)  # finite, and no more
PACES = {SLOWER: Pace.SLOWER, FASTER: Pace.FASTER}
Cure = Mapping[str, int]  # remedies with the mildest strength that is enough


def ladder(name: str, weight: float, levels: int = 2, *, start: int = 0, resort: bool = False) -> Ladder:
    """A remedy for the cause of its own; a last resort for none."""
    strengths = tuple(Remedy(name, {"level": level, "factor": 0.1}) for level in range(levels))
    cause = None if resort else CAUSES[name]
    return Ladder(strengths, weight, cause, None, start, name not in KEEPING, PACES.get(name))


def text(plan: Plan | None) -> str:
    """A plan in words: "epsilon-loss 0 + rescale-inputs 1"."""
    return "none" if plan is None else " + ".join(f"{step.name} {step.parameters['level']}" for step in plan)


@dataclasses.dataclass
class Patient:
    """A training that holds under a plan which contains one of its cures.

    Attributes:
        cures: Each is enough.
        spoils: Remedies under which it never holds.
        gains: By how much a remedy brings the loss down where the training holds.
        drifts: Loss by strengths beyond the mildest that is enough (a rate lower than needed).
        fails_late: Plans (in words) that hold in a probe only.
        learns_nothing: Plans that hold, and learn nothing in the whole run.
        wild: Plans that stay finite, out of bounds.
    """

    cures: Sequence[Cure] = ()
    useless: bool = False
    spoils: frozenset[str] = frozenset()
    gains: Mapping[str, float] = dataclasses.field(default_factory=dict)
    drifts: float = 1.0
    fails_late: frozenset[str] = frozenset()
    learns_nothing: frozenset[str] = frozenset()
    wild: frozenset[str] = frozenset()
    fails_at: int = 7
    asked: list[str] = dataclasses.field(default_factory=list)

    def holds(self, plan: Plan) -> bool:
        """Whether the plan contains a cure, and nothing that spoils it."""
        levels = {step.name: step.parameters["level"] for step in plan}
        return not (self.spoils & levels.keys()) and any(
            all(levels.get(name, -1) >= level for name, level in cure.items()) for cure in self.cures
        )

    def loss(self, plan: Plan) -> float:
        """The loss under a plan that holds."""
        levels = {step.name: step.parameters["level"] for step in plan}
        fitting = [cure for cure in self.cures if all(levels.get(name, -1) >= level for name, level in cure.items())]
        beyond = min(sum(levels[name] - level for name, level in cure.items()) for cure in fitting)
        return math.prod(self.gains.get(name, 1.0) for name in levels) * self.drifts**beyond

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        name, ran = text(plan), FULL if steps is None else steps
        self.asked.append(f"{kind} {name}")
        if name in self.wild:
            return Attempt(plan, kind, "unstable", ran, 1.0, 2.0, 9.0, None, "above its start")
        if self.holds(plan) and not (kind == "full" and name in self.fails_late):
            value = self.loss(plan)
            return Attempt(
                plan, kind, "stable", ran, 1.0, 2.0, value, value,
                learnt=not (kind == "full" and name in self.learns_nothing),
            )  # fmt: skip
        if self.useless:
            return Attempt(plan, kind, "stable", ran, 1.0, 2.0, 2.0, 2.0)
        return Attempt(plan, kind, "unstable", min(ran, self.fails_at), 1.0, 2.0, math.nan, None, "not finite")

    def located(self, plan: Plan) -> Finding | None:
        return None


def repair(
    patient: Patient,
    *ladders: Ladder,
    failed_at: int = 10,
    full: int | None = FULL,
    limits: Limits = MANY,
    learning: Learning | None = None,
    **further: object,
) -> Result:
    """The search for a patient's plan."""
    useless = patient.useless
    last = 2.0 if useless else None
    baseline = Attempt(
        (), "baseline", "stable" if useless else "unstable", FULL if useless else failed_at, 1.0, None, last, last,
        learning=learning,
    )  # fmt: skip
    search = Search(patient, ladders, baseline, full=full, limits=limits, useless=useless, **further)  # type: ignore[arg-type]
    return search.repair()

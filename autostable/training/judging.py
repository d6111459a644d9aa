"""What is known of one run of a fit when it has ended, and of faults that show without any run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from autostable.judgement import levels
from autostable.judgement.course import lower, moves_down
from autostable.judgement.verdict import Reason
from autostable.records import Cause
from autostable.training.examine.judge import Judged
from autostable.training.guard import Trip

STILL = "nothing moves: all gradients are zero"
LEARNING_STEPS = 30  # of gradients that are all zero: from then on nothing will move any more


@dataclasses.dataclass
class Run:
    """How one run of the fit ended.

    Attributes:
        rate: The learning rate that was in force at its end.
        idle: Normalisations that were idle throughout.
    """

    history: Any = None
    trip: Trip | None = None
    error: Exception | None = None
    cut: bool = False
    steps: int = 0
    seconds: float = 0.0
    rate: float | None = None
    idle: frozenset[str] = frozenset()
    losses: list[float] = dataclasses.field(default_factory=list)
    norms: list[float] = dataclasses.field(default_factory=list)
    skips: int = 0


def slow(judged: Judged | None, losses: Sequence[float], causes: Sequence[Cause]) -> bool:
    """Whether a suspect is no more than slow: less far than a plain model, but on its way, and nothing speaks for a fault.

    One that has come less than DELTA of the way that a plain model comes has not set out.
    """
    if judged is None or judged.judgement.reason is not Reason.SHORT_REACH or causes:
        return False
    share = None if judged.learning is None else judged.learning.reach
    return (share is None or share >= levels.DELTA) and moves_down(losses)


def stands_still(norms: Sequence[float], losses: Sequence[float]) -> bool:
    """Whether no gradient moves anything any more, by the norms of all gradients of each step.

    A loss that has come to 0 has none left; one that never had any has not come to it.
    """
    last = norms[-LEARNING_STEPS:]
    return len(norms) > LEARNING_STEPS and not any(last) and (any(losses[-LEARNING_STEPS:]) or not any(norms))


def fails_still(norms: Sequence[float], losses: Sequence[float]) -> bool:
    """Whether a training under a plan stands still without having come anywhere: one that has arrived need not move."""
    return stands_still(norms, losses) and not lower(losses).yes


def last_metrics(history: Any) -> dict[str, float]:
    """The last logged value of each metric."""
    logs = getattr(history, "history", None) or {}
    return {name: float(values[-1]) for name, values in logs.items() if values and np.ndim(values[-1]) == 0}

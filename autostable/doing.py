"""What a training is doing at this moment, as pure data: for whoever shows it while it happens."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from autostable import registry
from autostable.records import Plan, Symptom, SymptomKind

LOCATING = "locating"


@dataclasses.dataclass(frozen=True)
class Doing:
    """What is going on.

    Attributes:
        kind: "baseline", "probe", "full", or "locating" where the cause of a failure is looked for.
        plan: The remedies in force, each in a word or two.
        step: Steps done.
        steps: Steps of it all; None where nobody knows.
        loss: Of the last step that was read.
        seen: What went wrong, in a few words; empty where nothing has yet.
        shown: What the program prints meanwhile is the user's to see: nothing may be drawn over it.
    """

    kind: str
    plan: tuple[str, ...] = ()
    step: int = 0
    steps: int | None = None
    loss: float | None = None
    seen: str = ""
    shown: bool = True


def named(plan: Plan) -> tuple[str, ...]:
    """The remedies of a plan, each in a word or two."""
    return tuple(registry.brief(step) for step in plan)


def joined(names: Sequence[str]) -> str:
    """A plan in one text: "rate x0.1 + clip at 1"."""
    return " + ".join(names) or "as it is"


_SEEN = {
    SymptomKind.NONFINITE: "non-finite {where} in step {step}",
    SymptomKind.DIVERGED: "diverged by step {step}",
    SymptomKind.USELESS: "nothing learnt by step {step}",
    SymptomKind.STALLED: "stands still from step {step} on",
    SymptomKind.ERROR: "the training step raised an error",
}


def seen_words(symptom: Symptom | None) -> str:
    """What went wrong, in a few words; empty where nothing has."""
    if symptom is None:
        return ""
    return _SEEN.get(symptom.kind, symptom.kind).format(where=symptom.first_seen_in, step=symptom.step)

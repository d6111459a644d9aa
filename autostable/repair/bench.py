"""What the search works on: a bench that attempts plans, what it may cost, and what comes of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Protocol

from autostable.evidence import Finding
from autostable.records import Attempt, Plan

SHARE, USELESS_SHARE = (
    0.1,
    0.15,
)  # of the whole run that a probe takes; one that has only learnt too little is seen later
FEWEST = 25  # steps of a probe
UNKNOWN = 10  # probes that a whole run is taken for whose length is not known


GoesOn = Callable[[Attempt], bool]  # whether a probe is gone on with, by what it has come to


class Bench(Protocol):
    """Anything that can attempt a plan, and tell where it has failed."""

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Run the training under a plan.

        Args:
            plan: The plan.
            kind: "probe" or "full".
            steps: Limit of a probe; None runs to the end.
            goes_on: Asked when a probe has come to its limit: where it says so, the same run is gone on with to its end, and is
                one in full. A bench that cannot go on need not ask.
        """

    def located(self, plan: Plan) -> Finding | None:
        """The first bad operation of the attempt that was run last; None where it was of another plan, or had none."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a repair may cost.

    Attributes:
        attempts: Most attempts, the baseline not counted.
        steps: Most training steps in all, the baseline included; None is unlimited.
        runs: The same in whole runs, for trainings whose length is not known before one has come to its end.
        seconds: Most wall-clock seconds; None is unlimited.
    """

    attempts: int = 16
    steps: int | None = None
    runs: float | None = None
    seconds: float | None = None


@dataclasses.dataclass
class Result:
    """The plan that was run in full and holds (None where none does), and every attempt."""

    plan: Plan | None
    attempts: list[Attempt]
    final: Attempt | None = None


def probe_steps(full: int | None, failed_at: int, useless: bool, *, gradually: bool = True) -> int:
    """How long a probe runs: past the failure, long enough to compare, a small share of the whole.

    Half of the whole is enough for what leaves its bounds `gradually`; what one step has spoilt shows only behind that step.
    """
    if full is None:
        return max(30, 2 * failed_at + 20)
    share = max(int(full * (USELESS_SHARE if useless else SHARE)), FEWEST)
    past = 0 if useless else int(failed_at * 1.3) + 5
    return max(1, min(full, max(share, min(past, int(full * 0.5)) if gradually else past)))

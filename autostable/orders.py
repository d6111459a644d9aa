"""What a watched program is asked to do, as pure data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from autostable.evidence import Finding
from autostable.records import Attempt, Intervention, Plan


@dataclasses.dataclass(frozen=True)
class Tried:
    """An attempt and what was found out by it: what a run that goes on later need not do again.

    Attributes:
        attempt: The plan and what became of it.
        limit: The steps that it was given; None to its end.
        located: Whether the first bad operation was looked for; `finding` is what was found.
        leads: Whether it was a cure of what it was tried for in the middle of a training (`training.early`); None: not asked.
    """

    attempt: Attempt
    limit: int | None = None
    located: bool = False
    finding: Finding | None = None
    leads: bool | None = None


@dataclasses.dataclass(frozen=True)
class Orders:
    """What a session is asked to do.

    Attributes:
        repair: Look for a plan when a training fails; else only watch, locate and diagnose.
        goal: "healthy" repairs finite but useless trainings too, "finite" only reports them.
        attempts, budget, seconds: Limits of one repair; `budget` in times the cost of one full run.
        select, ignore: Remedies and causes that are (not) to be considered.
        seed: Seed of everything random in a remedy.
        plans: Known plans by number of the training, installed from the start.
        strict: The plans come from elsewhere: one that is for other inputs is refused.
        probe: The program is itself a probe: end it after so many steps of a training that cannot be rewound.
        probed: Number of that training; None: any that has a plan.
        locate: Record every operation of this step of the program's own loop (a second run, to find the line).
        loops: Watch loops of the user's own, not only `fit`.
        stop_unhealthy: End the program when a training fails and is not repaired.
        sweep: The training is a trial of a sweep: it is judged even if it is short, and its repair may take a
            few hundred steps however small the budget, for its kin will learn from it.
        capsule: Folder that the failing step is kept in, for `autostable replay`.
        other_seeds: What is added to each seed that the script sets.
        known: By number of the training, what an earlier run that was cut off had tried.
        on_failure: "restart" looks for a plan from the start of a training, "heal" goes back to its last healthy state.
        on_spike: While healing, what is done about a loss that leaves its course and stays finite: "log" tells of it, "heal"
            goes back before it.
        reruns: The program is a script that can be run again from its start with lines of it computed otherwise.
        healed: By number of the training, what was done about it while it went on, in an earlier run that was cut off.
    """

    repair: bool = True
    goal: str = "healthy"
    attempts: int = 16
    budget: float = 3.0
    seconds: float | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    seed: int = 0
    plans: Mapping[str, Plan] = dataclasses.field(default_factory=dict)
    strict: bool = False
    probe: int | None = None
    probed: int | None = None
    locate: int | None = None
    loops: bool = True
    stop_unhealthy: bool = True
    sweep: bool = False
    capsule: str | None = None
    other_seeds: int = 0
    known: Mapping[str, tuple[Tried, ...]] = dataclasses.field(default_factory=dict)
    on_failure: str = "restart"
    on_spike: str = "log"
    healed: Mapping[str, tuple[Intervention, ...]] = dataclasses.field(default_factory=dict)
    reruns: bool = False

    @property
    def heals(self) -> bool:
        """Whether a training that fails is gone on with."""
        return self.on_failure == "heal"

    def probe_of(self, number: int) -> int | None:
        """Steps after which this training is to end the program; None where it is not the one that is probed."""
        return self.probe if self.probed in (None, number) else None

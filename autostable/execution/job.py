"""What the supervisor and its child process say to each other, as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autostable.orders import Orders, Tried
from autostable.records import Intervention, Plan
from autostable.story import Story

if TYPE_CHECKING:
    from autostable.config import Settings

CLEAN = ("finished", "probed")
FAILED = ("raised", "exited", "died", "killed", "stalled", "timed-out", "broken")


@dataclasses.dataclass(frozen=True)
class Job:
    """One run of a target in a child process.

    Attributes:
        signals: Descriptor of the pipe to which it says what signals it was sent.
        parent: The process that it is to end with; None where that has no say in it.
        listens: Keep what it prints, and what its fits give back.
        source: The script as it was when the first run began, a character a byte; None: as it is now.
        fallback: File that its outcome goes to where the connection is gone: a program may close what it did not open.
    """

    kind: str
    name: str
    arguments: tuple[str, ...]
    orders: Orders
    signals: int | None = None
    parent: int | None = None
    listens: bool = False
    source: str | None = None
    fallback: str | None = None


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How the child ended.

    Attributes:
        ended: "finished", "raised", "exited" (sys.exit with a status other than 0), "unstable",
            "probed", "interrupted", "died" (it crashed, or left without a word), "killed" (by a signal from outside,
            which says nothing of the program), "stalled" (no step for too long), "timed-out", "refused"
            (autostable cannot watch it; the note says why), "broken" (autostable itself failed).
        status: The exit status that the script asked for.
        unwatched: What it may have trained with that is not watched.
        trained: What has trained, and was not watched.
        printed: The end of what it printed, where that was to be kept.
        losses: Of each fit's last epoch, likewise.
    """

    ended: str
    status: int
    stories: tuple[Story, ...] = ()
    environment: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unwatched: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    printed: str = ""
    losses: tuple[float, ...] = ()


@dataclasses.dataclass(frozen=True)
class Told:
    """An attempt as a child tells of it; told again at the same place, it replaces what was told before.

    Attributes:
        training: Its number.
        place: Of the attempt in that training, from 0.
    """

    training: int
    place: int
    tried: Tried


@dataclasses.dataclass(frozen=True)
class Healed:
    """An intervention as a child tells of it; told again at the same place, it replaces what was told before.

    Attributes:
        training: Its number.
        place: Of the intervention in that training, from 0.
    """

    training: int
    place: int
    intervention: Intervention


def orders_of(
    settings: Settings, mode: str, plans: Mapping[str, Plan] | None, capsule: str | None, *, reruns: bool = False
) -> Orders:  # fmt: skip
    """What the first run is asked to do; see `Orders` for `reruns`."""
    return Orders(
        repair=mode == "run", goal=settings.goal, attempts=settings.max_attempts, budget=settings.budget,
        seconds=settings.time_limit, select=tuple(settings.select), ignore=tuple(settings.ignore), seed=settings.seed,
        plans=plans or {}, strict=mode == "apply", capsule=capsule,
        on_failure=settings.on_failure if mode == "run" else "restart", on_spike=settings.on_spike,
        reruns=reruns,
        stop_unhealthy=mode != "run",  # what comes after a fit that nothing cures (the next trial of a study) is to run
    )  # fmt: skip

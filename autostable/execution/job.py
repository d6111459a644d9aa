"""What the supervisor and its child process say to each other, as JSON files."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autostable.orders import Orders
from autostable.story import Story


@dataclasses.dataclass(frozen=True)
class Job:
    """One run of a target in a child process.

    Attributes:
        result: File that its outcome goes to.
        signals: Descriptor of the pipe to which it says what signals it was sent.
        parent: The process that it is to end with; None where that has no say in it.
        listens: Keep what it prints, and what its fits give back.
    """

    kind: str
    name: str
    arguments: tuple[str, ...]
    orders: Orders
    result: str
    signals: int | None = None
    parent: int | None = None
    listens: bool = False


def journal_of(result: Path) -> Path:
    """Where a child keeps each story as soon as it is known, a line of JSON each: its end may come at any moment."""
    return result.with_suffix(".stories")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How the child ended.

    Attributes:
        ended: "finished", "raised", "exited" (sys.exit with a status other than 0), "unstable",
            "probed", "interrupted", "died" (by a signal, or without a word), "timed-out", "refused"
            (autostable cannot watch it; the note says why), "broken" (autostable itself failed).
        status: The exit status that the script asked for.
        unwatched: What it may have trained with that is not watched.
        printed: The end of what it printed, where that was to be kept.
        losses: Of each fit's last epoch, likewise.
    """

    ended: str
    status: int
    stories: tuple[Story, ...] = ()
    environment: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unwatched: tuple[str, ...] = ()
    printed: str = ""
    losses: tuple[float, ...] = ()

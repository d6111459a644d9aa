"""What is healed, and what the healer keeps of it: a patient, its batches since the last state, how a step failed."""

from __future__ import annotations

import collections
import dataclasses
import os
from collections.abc import Iterable
from typing import Any, Protocol

from autostable.evidence import Evidence, Finding
from autostable.records import Cause, Plan, Symptom
from autostable.training.guard import LOSS, Guard, Trip, Tripped

KEPT_SHARE, KEPT_LEAST = 0.03, 64 * 2**20  # of the machine's memory, or bytes: for batches that may be trained on again


@dataclasses.dataclass(frozen=True)
class Examined:
    """What is known of a step that failed."""

    finding: Finding | None
    causes: tuple[Cause, ...]
    evidence: Evidence
    rows: tuple[int, ...] = ()
    data_rows: tuple[int, ...] = ()


class Patient(Protocol):
    """A training that is healed."""

    guard: Guard

    def changing(self) -> list[Any]:
        """All variables that a step may change."""

    def switches(self) -> list[Any]:
        """Those of them that the program may set between two steps: a weight of a loss term, say."""

    def run(self, batch: Any) -> Any:
        """Train on a batch; what the step gives."""

    def begin_epoch(self) -> None:
        """Another epoch begins while batches are trained on again."""

    def can_put(self, plan: Plan) -> bool:
        """Whether all that a plan does can be done to this training while it goes on."""

    def put(self, plan: Plan) -> None:
        """Have a plan in force, and the steps traced anew."""

    def examined(self, batch: Any, symptom: Symptom) -> Examined:
        """Look into a step from the state that it failed in; variables are afterwards what they were."""

    def is_ours(self, error: Exception) -> bool:
        """Whether an exception of a step may have a numeric cause."""


class Raised(Tripped):
    """A step raised an error that may have a numeric cause."""

    def __init__(self, number: int, error: Exception) -> None:
        super().__init__(Trip(LOSS, number, number))
        self.error = error


def error_of(stopped: Tripped) -> Exception | None:
    """What the step has raised; None where its numbers were bad."""
    return stopped.error if isinstance(stopped, Raised) else None


@dataclasses.dataclass
class Batch:
    """One batch of a training (or one call of a step): its number, the epoch that it belongs to, and its size in bytes."""

    number: int
    epoch: int
    content: Any
    size: int


class Kept:
    """The batches since the last state; the oldest go where they take too much.

    Attributes:
        whole: None went.
        before: The last one before the state, which is known to be sound.
    """

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self.batches: collections.deque[Batch] = collections.deque()
        self.before: Batch | None = None
        self.whole = True

    def add(self, batch: Batch) -> None:
        """Another one has come."""
        self.batches.append(batch)
        self._bytes += batch.size
        while self._bytes > self._most and len(self.batches) > 1:
            self._bytes -= self.batches.popleft().size
            self.whole = False

    def clear(self) -> None:
        """A state was taken."""
        self.before = self.batches[-1] if self.batches else self.before
        self.batches.clear()
        self._bytes, self.whole = 0, True

    def begin_with(self, batches: Iterable[Batch]) -> None:
        """An earlier state was gone back to, and these are trained on again."""
        self.clear()
        for each in batches:
            self.add(each)

    def forget_before(self, number: int) -> None:
        """Batches before this one are not asked for any more."""
        while self.batches and self.batches[0].number < number:
            self._bytes -= self.batches.popleft().size

    def leave_out(self, number: int) -> None:
        """One of them is to blame, and is not trained on again."""
        self.batches = collections.deque(each for each in self.batches if each.number != number)


def allowance() -> int:
    """Bytes of batches that may be kept."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # a system that does not tell
        memory = 0
    return max(KEPT_LEAST, int(KEPT_SHARE * memory))

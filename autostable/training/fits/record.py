"""What was run of a fit, and what came of it."""

from __future__ import annotations

import dataclasses
from typing import Any

from autostable.judgement.verdict import Reason
from autostable.records import Attempt, Plan, State
from autostable.training.examine.judge import Judged
from autostable.training.fits.at_hand import AtHand
from autostable.training.judging import Run


@dataclasses.dataclass
class Record(AtHand):
    """The runs so far.

    Attributes:
        attempts: All of them, the program's own first.
        history: What `fit` gives back.
        baseline: What is said of the program's own run, if it came to its end.
        last: What is said of the last whole run.
        latest: The last attempt.
        full: Steps of a whole run, once they are known.
        twins: Steps of trainings with rows kept back.
        ended_by: With what its caller has ended the run of a plan.
        unmended: It was stopped, nothing cures it, and what the program gets is what it would have got without us.
    """

    attempts: list[Attempt] = dataclasses.field(default_factory=list)
    history: Any = None
    baseline: Judged | None = None
    last: Judged | None = None
    latest: tuple[Plan, Run] = dataclasses.field(default_factory=lambda: ((), Run()))
    full: int | None = None
    twins: list[int] = dataclasses.field(default_factory=list)
    ended_by: Exception | None = None
    unmended: bool = False

    _AT_HAND = ("last", "baseline", "latest", "attempts", "history", "full")

    @property
    def suspect(self) -> bool:
        """Whether only a plan could show that the program's own run is sick."""
        return self.baseline is not None and self.baseline.judgement.state is State.SUSPECT

    def is_lost(self, result: Run) -> bool:
        """Whether a run came to its end, but the model as it is used gives NaN."""
        ended = result.trip is None and result.history is not None
        return ended and self.last is not None and self.last.judgement.reason is Reason.NOT_FINITE

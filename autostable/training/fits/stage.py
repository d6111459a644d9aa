"""What is going on with a fit at this moment: what its steps are run for, and under which setup."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from autostable.records import Attempt
from autostable.setup import Setup
from autostable.training import facts
from autostable.training.early import Early
from autostable.training.fits.at_hand import AtHand
from autostable.training.fits.given import Given
from autostable.training.guard import Guard
from autostable.training.judging import Run
from autostable.training.replay.recording import Replay
from autostable.training.session import Session


class Enough(BaseException):
    """Ends a probe, or the collecting of a batch."""


class Stage(AtHand):
    """The run at hand.

    Attributes:
        seen: What the hooks see of the fit.
        mode: What steps are run for: "train", "careful" (to be looked at after each call), "collect" (a batch is wanted),
            "replay", "measure" (the loss of a step), or "look" (whatever leaves no trace).
        setup: Of the run at hand.
        limit: Of the steps of a probe.
        goes_on: Asked there whether it is gone on with; None for one that is not.
        calls: Steps so far.
        began: When it did, by the monotonic clock.
        wanted, batch: The number of the batch that is collected, and the batch.
        replay: The latest.
        noted: The loss of a step that is measured.
        early: The look at the fit before its end; None where it is not looked at.
    """

    def __init__(self, given: Given, guard: Guard, host: Session) -> None:
        self._given, self._guard, self._host = given, guard, host
        self.seen: Any = None
        self.mode = "train"
        self.setup = Setup()
        self.limit: int | None = None
        self.goes_on: Callable[[], bool] | None = None
        self.calls = 0
        self.began = 0.0
        self.wanted = -1
        self.batch: Any = None
        self.replay: Replay | None = None
        self.noted: list[Any] = []
        self.early: Early | None = None

    _AT_HAND = ("setup", "limit", "goes_on", "calls", "mode", "batch", "wanted")

    @property
    def looking(self) -> bool:
        """Whether the fit is suspended for a look."""
        return self.early is not None and self.early.looking

    @property
    def tried_early(self) -> list[Attempt]:
        """What was tried while it was."""
        return [] if self.early is None else self.early.attempts

    def begin(self, limit: int | None, mode: str = "train", goes_on: Callable[[], bool] | None = None) -> None:
        """Steps are counted anew, and nothing was seen of them yet."""
        self.limit, self.goes_on, self.calls, self.mode = limit, goes_on, 0, mode
        self._guard.reset()

    @property
    def enough(self) -> bool:
        """Whether the run is at its limit."""
        return self.limit is not None and self.calls >= self.limit

    def unless_gone_on_with(self) -> None:
        """A run that is at its limit has none any more, where it is gone on with.

        Raises:
            Enough: Where it is not.
        """
        if self.goes_on is None or not self.goes_on():
            raise Enough
        self.limit = None

    def so_far(self) -> Run:
        """How the run at hand would have ended if it ended here."""
        model, guard = self._given.model, self._guard
        return Run(
            steps=self.calls, seconds=time.monotonic() - self.began, rate=facts.learning_rate(model), idle=facts.idle(model),
            losses=guard.seen_losses, norms=list(guard.norms), skips=guard.skips,
        )  # fmt: skip

    def watched(self) -> AbstractContextManager[None]:
        """What happens within belongs to this fit."""
        return self._host.watching(self.seen)

    def fit(self, arguments: Mapping[str, Any]) -> Any:
        """Fit once more, watched."""
        with self.watched():
            return self._given.fitted(arguments)

    def tidy(self) -> None:
        """What `fit` leaves behind when it is left by an exception."""
        model = self._given.model
        if getattr(model, "_eval_epoch_iterator", None) is not None:
            del model._eval_epoch_iterator
        model.stop_training = False

"""The steps of a fit, as the hooks see them: each call of the train function goes through here."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from autostable.records import Attempt
from autostable.training.fits.batches import collected
from autostable.training.fits.given import Given
from autostable.training.fits.in_flight import InFlight
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.guard import Guard
from autostable.training.install import in_step
from autostable.training.parties import Parties
from autostable.training.replay.recording import Replay
from autostable.training.session import Session


class Steps:
    """What is active while a fit is under way (see `Session.active`).

    Attributes:
        parties: The optimizers that its steps have.
    """

    def __init__(
        self, given: Given, guard: Guard, parties: Parties, stage: Stage, start: Start, record: Record, in_flight: InFlight,
        *, host: Session, goes_on: Callable[[], None],
    ) -> None:  # fmt: skip
        """Nothing was run yet.

        Args:
            given: What the fit is given.
            guard: What watches its steps.
            parties: The optimizers that they have.
            stage: The run at hand.
            start: Is told of variables that turn up.
            record: What was run so far.
            in_flight: Heals the program's own run, if anything does.
            host: The session that the hooks look at.
            goes_on: Called where plans were tried and the program's own run goes on where it stood.
        """
        self.model, self.guard, self.parties = given.model, guard, parties
        self._stage, self._start, self._record, self._in_flight = stage, start, record, in_flight
        self._host, self._goes_on = host, goes_on

    @property
    def mode(self) -> str:
        """What they are run for (see `Stage`)."""
        return self._stage.mode

    @property
    def replay(self) -> Replay | None:
        """The latest."""
        return self._stage.replay

    @property
    def noted(self) -> list[Any]:
        """The loss of a step that is measured."""
        return self._stage.noted

    @property
    def attempts(self) -> list[Attempt]:
        """What was run so far."""
        return self._record.attempts

    def wrap_step(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """The training step with a count of batches."""
        guard, model = self.guard, self.model
        this = weakref.ref(self)  # the model keeps the function, and is not to keep the fit's data with it

        def counted(batch: Any) -> Any:
            with guard.batch(), in_step(model, batch):
                result = step(batch)
            steps = this()
            if steps is not None and not steps.attempts and not tf.executing_eagerly():
                steps._meet(tf.compat.v1.get_default_graph())
            return result

        return counted

    def _meet(self, graph: Any) -> None:
        """The step has been traced, and was not run yet: remember what variables it has met."""
        self._start.meet(graph)
        self._in_flight.variables_made()

    @staticmethod
    def wrap_function(session: Session, function: Callable[..., Any]) -> Callable[..., Any]:
        """The train function with a look at the vitals after each call."""

        def watched(iterator: Any) -> Any:
            training = session.active
            return function(iterator) if training is None else training.call(function, iterator)

        watched.trains_on = function  # type: ignore[attr-defined]
        return watched

    def call(self, function: Callable[..., Any], iterator: Any) -> Any:
        """One call of the train function (several steps under steps_per_execution)."""
        stage, first = self._stage, not self.attempts
        ahead = int(self.model.steps_per_execution)
        if self._host.interrupted:
            raise KeyboardInterrupt
        if stage.mode == "collect":
            return collected(stage, iterator, ahead)
        if stage.calls == 0 and first:
            self._start.build(getattr(iterator, "element_spec", None))
        healer = self._in_flight.healer if first and stage.mode == "train" else None
        logs = function(iterator) if healer is None else self._in_flight.train(healer, function, iterator, ahead)
        stage.calls += ahead
        enough = stage.enough
        look = stage.early
        early = first and look is not None and not look.looked and stage.calls >= look.at
        self.guard.look(force=enough or early or stage.mode == "careful", ahead=ahead)
        if enough:
            stage.unless_gone_on_with()
        if early and look is not None:
            look.look()
            if look.attempts:
                self._goes_on()
        return logs

    def variables_made(self) -> None:
        """Variables have been made by the traced step itself: remember their initial values."""
        self._in_flight.variables_made()
        self._start.variables_made()

    def epoch_began(self, epoch: int) -> None:
        """Another epoch of the run at hand begins."""
        if self._in_flight.healer is not None:
            self._in_flight.healer.begin_epoch(epoch)

    def settle(self) -> None:
        """What an epoch came to is about to be told."""
        if self._in_flight.healer is not None and self._stage.mode == "train":
            self._in_flight.healer.settle()

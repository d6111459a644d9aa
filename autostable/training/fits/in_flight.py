"""A fit that is healed while it goes on (see `healing`): who heals it, and what it hands to the patient."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autostable.evidence import Finding, ModelFacts
from autostable.orders import Orders
from autostable.records import Intervention, Plan
from autostable.setup import Setup
from autostable.training import seams
from autostable.training.fit_patient import FitPatient, bytes_of, read_batches, saved_every
from autostable.training.fits.described import Described
from autostable.training.fits.given import Given
from autostable.training.fits.raised import is_ours
from autostable.training.fits.record import Record
from autostable.training.fits.replays import Replays
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.guard import Guard
from autostable.training.healing import Healer
from autostable.training.install import Installation
from autostable.training.replay.numbers import iter_bad_weights
from autostable.training.snapshots import Ring


class InFlight:
    """The fit that goes on (see `fit_patient.Fit`), and its healer.

    Attributes:
        healer: Of the run at hand; None where none heals it.
    """

    def __init__(
        self, given: Given, guard: Guard, stage: Stage, start: Start, record: Record, *, installation: Installation,
        replays: Replays, described: Described, orders: Orders, number: int,
        healed: Callable[[int, int, Intervention], None],
    ) -> None:  # fmt: skip
        self.model, self.arguments, self.guard = given.model, given.arguments, guard
        self._given, self._stage, self._start, self._record = given, stage, start, record
        self._installation, self._replays, self._described = installation, replays, described
        self._orders, self._number, self._healed = orders, number, healed
        self._patient = FitPatient(self)
        self.healer: Healer | None = None

    def begin(self, plan: Plan) -> None:
        """A run begins that is healed; its states lie beside the run's other files."""
        callbacks = self._given.callbacks
        capsule = self._orders.capsule
        self.healer = Healer(
            self._patient, self._orders, Ring(None if capsule is None else Path(capsule).parent), plan=plan,
            number=self._number, full=self.full_steps(), size_of=bytes_of, saves_every=saved_every(callbacks),
            watched_closely=read_batches(callbacks), told=functools.partial(self._healed, self._number),
        )  # fmt: skip

    @property
    def interventions(self) -> Sequence[Intervention]:
        """What was done about the run at hand."""
        return () if self.healer is None else self.healer.interventions

    def train(self, healer: Healer, function: Callable[..., Any], iterator: Any, ahead: int) -> Any:
        """One call of the train function, batch by batch."""
        self._patient.function, self._patient.spec = function, getattr(iterator, "element_spec", None)
        logs: Any = None
        for place in range(ahead):
            try:
                batch = next(iterator)
            except StopIteration:
                if place == 0:
                    raise
                break
            logs = healer.train(batch)
        return logs

    def variables_made(self) -> None:
        """A step has made variables, or has met some, while it was traced."""
        self._patient.variables_made()

    # -- the fit of a patient ----------------------------------------------------------------

    @property
    def seed(self) -> int:
        """Of what is random in a remedy."""
        return self._orders.seed

    def all_variables(self) -> list[Any]:
        """Variables of the model and of all its optimizers, as far as they have been made."""
        return self._start.all_variables()

    def aside(self) -> list[Any]:
        """Variables of the user's own that Keras does not count among them."""
        return self._start.aside()

    def full_steps(self) -> int | None:
        """Steps of the whole training, where they are known."""
        return self._record.full or self._given.steps()

    def goes_on_under(self, setup: Setup) -> Callable[..., Any]:
        """Put a setup on in the middle of a run; gives what trains on batches from now on."""
        self._stage.setup = setup
        self._installation.put(setup)
        made: Callable[..., Any] = seams.made_anew(self.model)
        return made

    def replayed(self, batch: Any) -> Finding | None:
        """The first bad operation of a step on this batch, from the state at hand."""
        return self._replays.found(batch, list(iter_bad_weights(self.model.trainable_variables)))

    def model_facts(self) -> ModelFacts:
        """What there is to say of the model."""
        return self._described.model_facts()

    def is_ours(self, error: Exception) -> bool:
        """Whether an exception may have a numeric cause."""
        return is_ours(error)

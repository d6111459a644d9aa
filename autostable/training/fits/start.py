"""How a fit began, and how it is begun again: variables, random states, held objects, files and data."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf
from keras import tree

from autostable.evidence import AlteredFacts
from autostable.setup import Setup
from autostable.training import install, seams
from autostable.training.fits.given import Given
from autostable.training.fits.stage import Stage
from autostable.training.generators import variables_in
from autostable.training.guard import Guard
from autostable.training.install import Installation
from autostable.training.pipelines import Pipeline
from autostable.training.read_ahead import Gate, Gated, Held, can_be_held
from autostable.training.rewind import Captured, ObjectState, RandomState, VariableState, captured, untracked
from autostable.training.set_aside import WrittenFiles
from autostable.training.stored import Stored, altered


class Start:
    """The start of a fit (see `suspended.Fit` for who looks at one that stands still).

    Attributes:
        files: Those of the user's callbacks.
        variables: Their values.
    """

    files: WrittenFiles
    variables: VariableState
    _entry: RandomState
    _attributes: ObjectState

    def __init__(self, given: Given, guard: Guard, installation: Installation, stage: Stage) -> None:
        self.model, self.guard = given.model, guard
        self._given, self._installation, self._stage = given, installation, stage
        self._pipeline: Pipeline | None = None
        self._gate: Gate | None = None  # of the run at hand

    def remember(self, writing: Sequence[Any], folder: Path | None) -> None:
        """Remember it.

        Args:
            writing: Callbacks whose files are set aside where a run does not count.
            folder: Where.
        """
        self._entry = RandomState(self.drawing)
        self._stored = Stored(self._given.arguments["x"])
        self._held, self._captured = self._variables_held(), list[Captured]()
        self.variables = VariableState([*self.all_variables(), *self.aside()])
        self._attributes = ObjectState(self.holders)
        self._resumes_at = seams.resumed_epoch(self.model)
        self.files = WrittenFiles(writing, folder)
        x = self._given.arguments["x"]
        self._drawn_by = VariableState(seams.pipeline_variables(x) if isinstance(x, tf.data.Dataset) else [])
        self.guard.state = lambda: self.model.non_trainable_variables
        self.guard.before_update = lambda optimizer: self.variables.include(self.all_variables())

    @property
    def drawing(self) -> list[Any]:
        """Objects of the user's that may draw random numbers: data and callbacks."""
        return self._given.drawing

    @property
    def holders(self) -> list[Any]:
        """Those of them whose attributes a training may change."""
        return self._given.holders

    def aside(self) -> list[Any]:
        """Variables of the user's own: in attributes of the model, in callbacks and closures, and what the step has met."""
        return [*untracked(self.model), *self._held, *self._captured]

    def _variables_held(self) -> list[Any]:
        """Variables in the user's callbacks, and behind the model's loss and own methods, but for the model's."""
        model = self.model
        own = [getattr(model, name) for name in ("train_step", "compute_loss", "call") if seams.is_of_user(model, name)]
        known = {id(seams.native(each)) for each in [*self.all_variables(), *untracked(model)]}
        found = variables_in([*self._given.callbacks, *tree.flatten(getattr(model, "loss", None)), *own])
        return [each for each in found if id(seams.native(each)) not in known]

    def all_variables(self) -> list[Any]:
        """Variables of the model and of all its optimizers, as far as they have been made."""
        found = list(self.model.variables) if self.model.built or self.model.layers else []
        for optimizer in [getattr(self.model, "optimizer", None), *self.guard.optimizers]:
            found += list(getattr(optimizer, "variables", []) or [])
        return found

    # -- variables that turn up later --------------------------------------------------------

    def build(self, spec: Any) -> None:
        """Have every variable made before the first step, and remember its initial value.

        Args:
            spec: What the iterator of the data says of a batch; None where it says nothing.
        """
        if spec is not None and not tf.distribute.has_strategy():
            names = seams.name_counts()
            try:
                seams.build_before_training(self.model, spec)
            except Exception:  # a model that only its own train_step can call: it is built there
                seams.set_name_counts(names)
                return
        self.variables.include(self.all_variables())

    def meet(self, graph: Any) -> None:
        """The step has been traced, and was not run yet: remember what variables it has met."""
        with tf.init_scope():
            known = [*self.all_variables(), *self.aside(), *self.guard.variables]
            new = captured(graph, known)
            self._captured += new
            self.variables.include(new)

    def variables_made(self) -> None:
        """Variables have been made by the traced step itself: remember their initial values."""
        with tf.init_scope():
            self.variables.include([*self.all_variables(), *self.aside()])

    # -- back to it --------------------------------------------------------------------------

    def rewind(self, setup: Setup) -> None:
        """Back to the start, under a setup."""
        self.withhold(True)
        self.stop_reading()
        self._installation.put(Setup())
        self.variables.restore()
        self._attributes.restore()
        if self.altered is not None:
            self._stored.restore()
        seams.set_resumed_epoch(self.model, self._resumes_at)
        self.draw(setup)
        self._installation.put(setup)
        self.at_entry()

    def withhold(self, withholds: bool) -> None:
        """Have bad updates withheld from the next step on, or let through where a step is only then what it was."""
        if self.guard.withholds is not withholds:
            self.guard.withholds = withholds
            seams.trainer_function_is_stale(self.model)

    def draw(self, setup: Setup) -> None:
        """Draw weights anew, where the setup says so."""
        self._installation.draw_weights(setup)
        install.draw_variables(self.model.trainable_variables, setup)

    def at_entry(self) -> None:
        """Random states as they were; those within the step of a fit that is suspended are its own."""
        self._entry.restore(kernels=not self._stage.looking)

    @contextlib.contextmanager
    def variables_put_back(self) -> Iterator[None]:
        """Variables are afterwards what they were before."""
        kept = VariableState([*self.all_variables(), *self.aside()])
        try:
            yield
        finally:
            kept.restore()

    # -- its data ----------------------------------------------------------------------------

    def given_first(self, *, looked_at: bool) -> dict[str, Any]:
        """The arguments of this fit for its own run.

        Args:
            looked_at: It may be suspended: who reads its data ahead is to be held then.
        """
        return self._gated() if looked_at and can_be_held(self._given.arguments["x"]) else self._given.arguments

    def _gated(self) -> dict[str, Any]:
        self._gate = Gate()
        return {**self._given.arguments, "x": Gated(self._given.arguments["x"], self._gate)}

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Within, nobody reads ahead of the run at hand, and others read its data; left by an exception it is over."""
        gate, self._gate = self._gate, None
        if gate is None:
            yield
            return
        held = Held(gate, self._given.arguments["x"])
        try:
            yield
        except BaseException:
            held.leave()
            raise
        held.go_on()
        self._gate = gate

    def stop_reading(self) -> None:
        """Nobody reads ahead of the run at hand any more."""
        if self._gate is not None:
            self._gate.shut()
            self._gate = None

    def given_again(self) -> dict[str, Any]:
        """The arguments of this fit for one more run of it, its pipeline at its start."""
        arguments = self._given.arguments
        x = arguments["x"]
        if can_be_held(x):
            return self._gated()
        if not isinstance(x, tf.data.Dataset):
            return arguments
        if self._pipeline is None:
            self._pipeline = Pipeline(x, calls=True)  # which this run would call all the same
            now = VariableState(self._drawn_by.variables)
            self._drawn_by.restore()
            self._pipeline.again()  # which keeps the values that its variables have now
            now.restore()
        copied = self._pipeline.again()
        return arguments if copied is None else {**arguments, "x": copied}

    @functools.cached_property
    def altered(self) -> AlteredFacts | None:
        """What reading a batch does to the data that are stored; asked once a run has changed them."""
        return altered(self._given.arguments["x"], self._stored)

    @contextlib.contextmanager
    def as_first_read(self) -> Iterator[None]:
        """Within, data that change when they are read are as they were at first."""
        with contextlib.nullcontext() if self.altered is None else self._stored.as_they_were():
            yield

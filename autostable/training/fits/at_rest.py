"""The model of a fit, asked for answers and losses without a trace: the patient of a judge."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from keras import tree

from autostable.setup import Setup
from autostable.training import facts, install, seams
from autostable.training.examine.model_loss import loss_of
from autostable.training.fits.given import Given
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.guard import Guard
from autostable.training.replay.run import eagerly, until_stopped
from autostable.training.rewind import ObjectState, RandomState, VariableState
from autostable.training.silence import silence

SAME_STEP = 1e-3  # relative: losses of one batch within this are the same one, however they were summed
_log = logging.getLogger("autostable")


class AtRest:
    """A fit that is looked at (see `examine.judge.Patient`)."""

    def __init__(self, given: Given, guard: Guard, stage: Stage, start: Start) -> None:
        self.model = given.model
        self._guard, self._stage, self._start = guard, stage, start

    @property
    def limits(self) -> Sequence[tuple[float, float] | None]:
        """What each output can give, where its loss compares it with numbers."""
        return facts.limits(self.model)

    @property
    def probabilities(self) -> Sequence[bool]:
        """Whether each output is made of probabilities."""
        return facts.gives_probabilities(self.model)

    @property
    def data_setup(self) -> Setup:
        """What is in force of what a plan does to the data that this fit was given."""
        return self._stage.setup

    def own_loss(self, x: Any, y: Any, predictions: Any, weight: Any, output: int | None) -> Any:
        """The training's own loss, without what regularisers add; of one of several outputs, where Keras notes that."""
        with install.own_loss_alone() if self._stage.setup.own_loss else contextlib.nullcontext():
            return loss_of(self.model, x, y, predictions, weight, output)

    def step_loss(self, batch: Any) -> float | None:
        """What the model's own training step comes to on this batch; it is left before its first gradient."""
        self._rest()
        self._stage.mode, self._stage.noted = "measure", []
        try:
            with eagerly():
                until_stopped(lambda: self.model.train_step(batch))
        finally:
            self._stage.mode = "look"
        return float(self._stage.noted[0]) if self._stage.noted else None

    def trains(self, model: Any) -> bool:
        """Whether a variable of this model is trained."""
        return seams.trains([*seams.working_optimizers(self.model.optimizer), *self._guard.optimizers], model)

    def is_plain(self, batch: tuple[Any, Any, Any]) -> bool:
        """Whether the model's own training step comes to its compiled loss on this batch, with the same random numbers."""
        if not seams.has_compiled_loss(self.model):
            return False
        x, y, weight = (
            tree.map_structure(lambda part: None if part is None else tf.convert_to_tensor(part), part)
            for part in batch
        )
        try:
            own = self.step_loss((x, y) if weight is None else (x, y, weight))
            self._rest()
            plain = float(self.model.compute_loss(x=x, y=y, y_pred=self.model(x, training=True), sample_weight=weight))
        except Exception as error:  # outputs that the compiled loss is not for
            _log.debug("a step of the user's own is not a plain one", exc_info=error)
            return False
        return own is not None and bool(np.isclose(own, plain, rtol=SAME_STEP, atol=0.0))

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[None]:
        """What happens within leaves no trace in states, random numbers, callbacks and metrics."""
        metrics = [variable for metric in self.model.metrics for variable in metric.variables]
        states = VariableState([*self.model.non_trainable_variables, *metrics, *self._start.aside()])
        random, attributes = RandomState(self._start.drawing), ObjectState(self._start.holders)

        def rest() -> None:
            states.restore()
            random.restore(kernels=False)
            attributes.restore()

        self._rest = rest
        mode, self._stage.mode = self._stage.mode, "look"
        try:
            with self._stage.watched(), silence():
                yield
        finally:
            self._stage.mode = mode
            rest()

"""A fit in the middle of its run, put back as it stood after others were run from its start."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from autostable.training import seams
from autostable.training.guard import Guard
from autostable.training.rewind import ObjectState, RandomState, VariableState
from autostable.training.set_aside import WrittenFiles


class Fit(Protocol):
    """The fit that stands still."""

    model: Any
    guard: Guard
    files: WrittenFiles

    @property
    def drawing(self) -> list[Any]:
        """Objects of the user's that may draw random numbers: data and callbacks."""

    @property
    def holders(self) -> list[Any]:
        """Those of them whose attributes a training may change."""

    def aside(self) -> list[Any]:
        """Variables of the user's own that Keras does not count among them."""

    def all_variables(self) -> list[Any]:
        """Variables of the model and of all its optimizers, as far as they have been made."""

    def held(self) -> AbstractContextManager[None]:
        """Within, nobody reads ahead of the run at hand, and others read its data; left by an exception it is over."""

    def stop_reading(self) -> None:
        """Nobody reads ahead of the run at hand any more."""


class Standing:
    """How a fit has left model, callbacks, data and random states; looking into it changes all of them."""

    def __init__(self, fit: Fit, history: Any) -> None:
        self._model, self._history, self._stopped = fit.model, history, fit.model.stop_training
        self._variables = VariableState([*fit.all_variables(), *fit.aside()])
        self._random = RandomState(fit.drawing)
        self._attributes = ObjectState(fit.holders)
        self._files, self._generation = fit.files, fit.files.generation

    def restore(self) -> None:
        """Put all of it back."""
        self._files.back_to(self._generation)
        self._variables.restore()
        self._random.restore(kernels=False)
        self._attributes.restore()
        self._model.history, self._model.stop_training = self._history, self._stopped


class Suspended:
    """A fit between two of its steps, its iterator where it is, while others are run from its start on the same model."""

    def __init__(self, fit: Fit) -> None:
        self._fit, self._guard = fit, fit.guard
        self._standing = Standing(fit, fit.model.history)
        metrics = [variable for metric in fit.model.metrics for variable in metric.variables]
        self._variables = VariableState([*metrics, *fit.guard.variables])
        self._seen = fit.guard.kept()
        self._put_back = seams.taken_off(fit.model)

    def restore(self) -> None:
        """Let it go on where it stood, as if nobody had looked."""
        self._fit.stop_reading()
        self._standing.restore()
        self._variables.restore()
        self._guard.put_back(self._seen)
        self._put_back()

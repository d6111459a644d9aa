"""What a `fit` is given: model, data, callbacks and length."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import tree

from autostable import frames
from autostable.training import data
from autostable.training.examine.kept import KeptBatches, keeping

_INWARD = (
    keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau, keras.callbacks.EarlyStopping,
    keras.callbacks.TerminateOnNaN, keras.callbacks.History,
)  # fmt: skip


class Given:
    """A model, and the arguments of one `fit` of it.

    Attributes:
        model: The model.
        arguments: Those of `fit`.
        site: Where the user's code calls it.
        one_shot: The data can be read only once.
        kept: Batches of such data, as they went by.
    """

    def __init__(self, model: Any, original: Callable[..., Any], given: inspect.BoundArguments) -> None:
        self.model, self._original = model, original
        self.arguments: dict[str, Any] = {k: v for k, v in given.arguments.items() if k != "self"}
        self.site = frames.user_site(2)
        self.one_shot = data.is_one_shot(self.arguments["x"])
        self.kept = KeptBatches()
        if isinstance(self.arguments["x"], types.GeneratorType):
            self.arguments["x"] = keeping(self.arguments["x"], self.kept)
        self._per_epoch: int | None = None

    def fitted(self, arguments: Mapping[str, Any]) -> Any:
        """Keras' own `fit` of the model with these arguments; its History."""
        return self._original(self.model, **arguments)

    @functools.cached_property
    def callbacks(self) -> list[Any]:
        """The user's."""
        callbacks = self.arguments["callbacks"]
        return [] if callbacks is None else list(tree.flatten(callbacks))

    def rate_callbacks(self) -> list[Any]:
        """What of the user's callbacks runs in a probe."""
        return [each for each in self.callbacks if isinstance(each, keras.callbacks.LearningRateScheduler)]

    @property
    def unseen(self) -> bool:
        """Whether nothing but what it prints tells of a run of it: no callback is one that may write, send or count."""
        return all(type(each) in _INWARD for each in self.callbacks)  # a class of the user's may do anything

    @property
    def drawing(self) -> list[Any]:
        """Objects of the user's that may draw random numbers: data and callbacks."""
        return [self.arguments["x"], *self.callbacks]

    @property
    def holders(self) -> list[Any]:
        """Those of them whose attributes a training may change."""
        kinds = keras.callbacks.Callback | keras.utils.PyDataset
        return [each for each in self.drawing if isinstance(each, kinds)]

    # -- its length --------------------------------------------------------------------------

    @property
    def epochs(self) -> int:
        """How many it goes on for."""
        return int(self.arguments["epochs"]) - int(self.arguments["initial_epoch"])

    def steps_per_epoch(self) -> int | None:
        """Where they are known."""
        if self._per_epoch is None:
            self._per_epoch = data.steps_per_epoch(self.arguments)
        return self._per_epoch

    def steps(self) -> int | None:
        """Of all its epochs, where they are known."""
        per_epoch = self.steps_per_epoch()
        return per_epoch * self.epochs if per_epoch else None

    def epoch_of(self, batch: int) -> int | None:
        """The epoch of a batch, counted from the first."""
        per_epoch = self.steps_per_epoch()
        return None if not per_epoch else batch // per_epoch

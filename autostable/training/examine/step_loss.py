"""The loss of a whole training step, for any order of one of its tensors: for steps that the user wrote."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable.judgement import signal
from autostable.training import layers_called
from autostable.training.examine.kept import rows_in

Array = np.ndarray[Any, Any]
Step = Callable[[Any], float | None]
MOST_ROWS = 512  # of all calls together: the step is run for each order anew


class StepLoss:
    """The mean loss that one step comes to on several batches, when their rows meet in another order.

    Args:
        step: Runs the step on a structure of tensors, eagerly, up to its first gradient, always with the same random
            numbers; gives its loss, None where it has none. Batch normalisations are as they are at inference: what a step
            comes to with each batch's own mean and variance says nothing of the model that it leaves behind.
        batches: Structures of arrays of the same shapes that the step is called with, the latest last.
        targets: Which of their flat parts are targets: they are put into another order, all others stay.
        most: Rows of all batches together; one batch is taken in any case.
    """

    def __init__(self, step: Step, batches: Sequence[Any], targets: Sequence[int], most: int = MOST_ROWS) -> None:
        self._step, self._targets, self._normalizes = step, list(targets), False
        self._like = batches[-1]
        rows = int(tree.flatten(self._like)[self._targets[0]].shape[0])
        some = batches[-max(1, most // max(1, rows)) :]
        self._batches = [[tensor(part) for part in tree.flatten(batch)] for batch in some]

    def latest(self, batches: int) -> StepLoss:
        """The same on the latest batches alone; itself where it has no more."""
        kept = max(1, batches)
        if kept >= len(self._batches):
            return self
        less = copy.copy(self)
        less._batches = self._batches[-kept:]
        return less

    @property
    def batches(self) -> int:
        """How many batches it is the mean of."""
        return len(self._batches)

    @property
    def count(self) -> int:
        """Rows of one batch, which are put in order."""
        return int(self._batches[0][self._targets[0]].shape[0])

    def true(self) -> float:
        """The loss on the true pairs."""
        return self._of(self._batches)

    def in_training(self) -> float | None:
        """The loss on the true pairs as training has it; None where it normalises no batches, so that it is the same."""
        return self._mean(self._step, self._batches) if self._normalizes else None

    def shuffled(self, target: int | None = None) -> Callable[[Array], float]:
        """The loss as a function of an order of the rows of each batch (see `ModelLoss.shuffled`)."""

        def loss(order: Array) -> float:
            # each batch in an order of its own, or what they have in common would count several times
            turned = [np.roll(order, 7 * number) for number in range(len(self._batches))]
            whole = bool((order == np.arange(len(order))).all())
            orders = [order] * len(turned) if whole else turned
            return self._of([self._moved(flat, each) for flat, each in zip(self._batches, orders, strict=True)])

        return loss

    def reads_targets(self, times: float = 1.5) -> bool:
        """Whether the loss moves when the targets become so many times as large."""
        return self._reads(self._targets, times)

    def reads_inputs(self) -> bool:
        """Whether it depends on anything else that has as many rows: if not, the output is the same for all of them."""
        alike = [place for place, part in enumerate(self._batches[-1]) if rows_in(part) == self.count]
        return self._reads([place for place in alike if place not in self._targets])

    def _reads(self, places: Sequence[int], times: float = 1.5) -> bool:
        """Whether the loss moves when these parts are replaced by others of the same kind."""
        changed = [list(flat) for flat in self._batches]
        for flat in changed:
            for place in places:
                flat[place] = other(flat[place], times)
        return not signal.same(self._of(changed), self.true())

    def targets_differ(self) -> bool:
        """Whether not all targets are equal."""
        return any(bool(np.any(part != part[:1])) for part in map(np.asarray, self._chosen(self._batches[-1])))

    def pair(self, inputs: Sequence[int]) -> tuple[Array, Array]:
        """All rows of some parts, side by side, and of the first target."""
        *x, y = (
            np.concatenate([np.asarray(flat[index]) for flat in self._batches]) for index in (*inputs, self._targets[0])
        )
        return (x[0] if len(x) == 1 else np.concatenate([part.reshape(len(part), -1) for part in x], axis=1)), y

    def _moved(self, flat: list[Any], order: Array) -> list[Any]:
        moved = list(flat)
        for index in self._targets:
            moved[index] = tf.gather(moved[index], order)
        return moved

    def _chosen(self, flat: list[Any]) -> list[Any]:
        return [flat[index] for index in self._targets]

    def _of(self, batches: list[list[Any]]) -> float:
        return self._mean(self._as_used, batches)

    def _mean(self, step: Step, batches: list[list[Any]]) -> float:
        found = [step(tree.pack_sequence_as(self._like, flat)) for flat in batches]
        known = [value for value in found if value is not None]
        return float(np.mean(known)) if len(known) == len(found) else float("nan")

    def _as_used(self, batch: Any) -> float | None:
        with layers_called.following(self._with_what_is_kept):
            return self._step(batch)

    def _with_what_is_kept(self, proceed: Callable[..., Any], layer: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(layer, keras.layers.BatchNormalization):
            return proceed(layer, *args, **kwargs)
        self._normalizes = True
        return proceed(layer, *args[:1], **{**kwargs, "training": False})


def other(part: Any, times: float = 1.5) -> Any:
    """Another tensor of the same kind: other numbers, or the same class for all rows, another one where it is the same."""
    if part.dtype.is_floating:
        return part * times + 1
    first = part[:1]
    if part.dtype.is_integer and bool(tf.reduce_all(part == first)):
        first = tf.cast(first == 0, part.dtype)  # there are two classes at least
    return tf.zeros_like(part) + first


def tensor(part: Any) -> Any:
    """A part of what a step is called with, as a tensor; None stays."""
    return part if part is None or tf.is_tensor(part) else tf.convert_to_tensor(part)

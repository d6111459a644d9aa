"""The loss of a whole training step, for any order of one of its tensors: for steps that the user wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from keras import tree

Array = np.ndarray[Any, Any]
MOST_ROWS = 512  # of one step that is run for each order anew


class StepLoss:
    """The loss that one step comes to, when its rows meet in another order.

    Args:
        step: Runs the step on a structure of tensors up to its first gradient, always with the same random numbers;
            gives its loss, None where it has none.
        batch: The structure of arrays that the step is called with.
        targets: Which of its flat parts are targets: they are put into another order, all others stay.
    """

    def __init__(self, step: Callable[[Any], float | None], batch: Any, targets: Sequence[int]) -> None:
        self._step = step
        self._batch = batch
        self._flat = [_tensor(part) for part in tree.flatten(batch)]
        self._targets = list(targets)

    @property
    def count(self) -> int:
        """Rows of the batch."""
        return int(self._flat[self._targets[0]].shape[0])

    def true(self) -> float:
        """The loss on the true pairs."""
        return self._of(self._flat)

    def shuffled(self, target: int | None = None) -> Callable[[Array], float]:
        """The loss as a function of an order of rows (see `ModelLoss.shuffled`)."""

        def loss(order: Array) -> float:
            moved = list(self._flat)
            for index in self._targets:
                moved[index] = tf.gather(moved[index], order)
            return self._of(moved)

        return loss

    def reads_targets(self) -> bool:
        """Whether the loss depends on the targets at all."""
        changed = list(self._flat)
        for index in self._targets:
            part = changed[index]
            changed[index] = tf.zeros_like(part) + part[:1] if not part.dtype.is_floating else part * 1.5 + 1
        return not np.isclose(self._of(changed), self.true(), rtol=1e-6, atol=0.0)

    def targets_differ(self) -> bool:
        """Whether not all targets are equal."""
        return any(bool(np.any(np.asarray(part) != np.asarray(part)[:1])) for part in self._chosen())

    def _chosen(self) -> list[Any]:
        return [self._flat[index] for index in self._targets]

    def _of(self, flat: list[Any]) -> float:
        found = self._step(tree.pack_sequence_as(self._batch, flat))
        return float("nan") if found is None else found


def _tensor(part: Any) -> Any:
    return part if part is None or tf.is_tensor(part) else tf.convert_to_tensor(part)

"""The loss of a step whose gradients come from a traced function, while its update is made outside of it.

Nobody outside sees the tensor that the function has differentiated, unless it is among what the function gives back.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

_HANDED_ON = (
    "Identity",
    "Cast",
    "Reshape",
    "Squeeze",
    "StopGradient",
    "Mean",
    "Sum",
)  # what a loss may go through on its way


class ReturnedLosses:
    """Which results of which functions are losses.

    Attributes:
        functions: Those in which gradients of variables were asked for.
    """

    def __init__(self) -> None:
        self.functions: weakref.WeakSet[Any] = weakref.WeakSet()
        self._asked: weakref.WeakKeyDictionary[Any, list[Any]] = weakref.WeakKeyDictionary()
        self._places: weakref.WeakKeyDictionary[Any, tuple[int, int]] = weakref.WeakKeyDictionary()

    def differentiated(self, function: Any, loss: Any) -> None:
        """A function that is being traced asks for the gradients of this loss."""
        self.functions.add(function)
        if not isinstance(loss, tf.__internal__.EagerTensor):
            self._asked.setdefault(function, []).append(loss)

    def of_call(self, function: Any, outputs: Any) -> Iterator[Any]:
        """The loss among what a call gave back, if it is known to be there."""
        flat = tf.nest.flatten(outputs)
        for loss in self._asked.pop(function, ()):  # it has just been traced
            place = _place(loss)
            if place is not None:
                self._places[function] = place
        known, count = self._places.get(function, (0, -1))
        if len(flat) == count and isinstance(flat[known], tf.__internal__.EagerTensor):
            yield flat[known]


def _place(loss: Any) -> tuple[int, int] | None:
    """Where among the results of its graph a loss is, and how many there are; None where it is none of them."""
    results = tf.nest.flatten(getattr(loss.graph, "structured_outputs", None))
    for place, result in enumerate(results):
        while tf.is_tensor(result) and result is not loss and result.op.type in _HANDED_ON:
            result = result.op.inputs[0]
        if result is loss:
            return place, len(results)
    return None

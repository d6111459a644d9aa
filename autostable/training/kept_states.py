"""What a step that is skipped has done to the states of its model, undone.

Statistics of batches are written in the forward pass, before anybody knows that the step's update will be left out: one NaN
in them stays for good. So a copy of each state is kept on the device, as it was after the last step that was not skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from autostable.training import seams


class KeptStates:
    """The states of one training as the last good step left them."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Any, Any]] = {}  # by the id of a variable: it, and its copy

    @property
    def variables(self) -> tuple[Any, ...]:
        """The copies."""
        return tuple(copy for _, copy in self._kept.values())

    def reset(self) -> None:
        """The states are those of another start."""
        for variable, copy in self._kept.values():
            copy.assign(variable)

    def put_back(self, states: Sequence[Any], skip: Any) -> None:
        """At the end of a step, traced or eager: have the states of before, if it is skipped.

        Args:
            states: TensorFlow variables of real numbers.
            skip: Whether it is, a scalar boolean tensor.
        """
        for variable in states:
            copy = self._copy(variable)
            if copy is None:
                continue
            value = tf.where(skip, copy.read_value(), tf.convert_to_tensor(variable))
            variable.assign(value)
            copy.assign(value)

    def _copy(self, variable: Any) -> Any:
        """The copy of a state; None of one that is made inside this very trace, and cannot be read yet."""
        if id(variable) not in self._kept:
            with tf.init_scope():
                if not tf.executing_eagerly() or not bool(variable.is_initialized()):
                    return None
                copy = seams.LocalVariable(variable.read_value(), trainable=False, name="kept")
            self._kept[id(variable)] = variable, copy
        return self._kept[id(variable)][1]

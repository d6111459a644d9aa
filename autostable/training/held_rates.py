"""Rates that a plain function gives: a traced step asks it once, and holds what it said then.

Keras takes any callable for `learning_rate`. Only a `LearningRateSchedule` is asked with the step; of another the number
that it gives while the step is traced is a constant of the graph, whatever it would say later.
"""

from __future__ import annotations

import weakref
from typing import Any

import tensorflow as tf

_held: weakref.WeakKeyDictionary[Any, float] = weakref.WeakKeyDictionary()


def traced(optimizer: Any, rate: Any, *, planned: bool) -> tf.Tensor:
    """A rate as a tensor; under a plan the number that the training as it was has held.

    Args:
        optimizer: Whose rate it is.
        rate: A tensor, or the number that a function gave.
        planned: Whether a plan is in force: then a step is traced anew, and the function may say something else.
    """
    if tf.is_tensor(rate) or tf.executing_eagerly():
        return tf.convert_to_tensor(rate)
    if not planned:
        _held[optimizer] = float(rate)
    return tf.constant(_held.get(optimizer, rate), tf.float32)


def held(optimizer: Any) -> float | None:
    """The number that a traced step of this optimizer works with; None where it asks a variable or a schedule."""
    return None if optimizer is None else _held.get(optimizer)

"""Whether what a step has raised is a matter of its numbers."""

from __future__ import annotations

import re

import tensorflow as tf

from autostable.training import seams

_MISFIT = re.compile("label|logits|same rank|must have rank|same shape")  # Keras' words for targets that do not suit


def is_ours(error: Exception) -> bool:
    """Whether an exception may have a numeric cause (labels out of range raise on a CPU)."""
    return (
        isinstance(error, tf.errors.InvalidArgumentError | tf.errors.InternalError | FloatingPointError)
        or (isinstance(error, ValueError) and _MISFIT.search(str(error)) is not None)
        or seams.had_no_gradients(error)
    )

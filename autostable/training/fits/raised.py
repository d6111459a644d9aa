"""Whether what a fit has raised is a matter of its numbers, or its caller's way to end it."""

from __future__ import annotations

import re

import tensorflow as tf

from autostable.training import seams

_MISFIT = re.compile("label|logits|same rank|must have rank|same shape")  # Keras' words for targets that do not suit

# By the package that defines it: by these a search ends a training that it wants no more of, and catches them itself.
_ENDINGS = {("optuna", "TrialPruned"), ("keras_tuner", "FailedTrialError"), ("ray", "TaskCancelledError")}


def ended_by_caller(error: Exception | None) -> bool:
    """Whether an exception is how a search ends one of its trials: no failure of the training's."""
    kinds = type(error).__mro__
    return any((kind.__module__.partition(".")[0], kind.__name__) in _ENDINGS for kind in kinds)


def is_ours(error: Exception) -> bool:
    """Whether an exception may have a numeric cause (labels out of range raise on a CPU)."""
    return (
        isinstance(error, tf.errors.InvalidArgumentError | tf.errors.InternalError | FloatingPointError)
        or (isinstance(error, ValueError) and _MISFIT.search(str(error)) is not None)
        or seams.had_no_gradients(error)
    )

"""The losses that `compile` was given, output by output, and what they leave out."""

from __future__ import annotations

from typing import Any

import keras
from keras import tree

from autostable.training import seams


def of_outputs(model: Any) -> list[Any]:
    """The loss of each output, in their order; empty where that is not known."""
    given, names = getattr(model, "loss", None), seams.output_names(model)
    if given is None:
        return []
    if len(names) < 2:
        flat = tree.flatten(given)
        return flat if len(flat) == 1 else []
    if isinstance(given, dict):
        parts = [given.get(name) for name in names] if set(given) <= set(names) else []
    elif isinstance(given, list | tuple):
        parts = list(given)
    else:
        parts = [given] * len(names)
    return [] if len(parts) != len(names) or any(isinstance(part, dict | list | tuple) for part in parts) else parts


def ignored_labels(model: Any) -> tuple[int | None, ...]:
    """The label that the loss of each output ignores (`ignore_class`), in their order; empty where that is not known."""
    return tuple(_ignored(each) for each in of_outputs(model))


def _ignored(loss: Any) -> int | None:
    """The label that a loss ignores; subclasses of the user's keep it."""
    number = loss.ignore_class if isinstance(loss, keras.losses.SparseCategoricalCrossentropy) else None
    return None if number is None else int(number)

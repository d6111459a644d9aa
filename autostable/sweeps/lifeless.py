"""Finished trials whose model has died: it gives the same output whatever it is given. No score shows that for sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autostable.sweeps import journal, project
from autostable.sweeps.items import Item

ROWS = 256  # that a model is looked at with
LEAST = 8  # rows, below which equal outputs say nothing
REASON = "its model gives the same output for every input"


def found(tuner: Any, args: Sequence[Any], kwargs: Mapping[str, Any], folder: Path) -> list[Item]:
    """Look at the models of a tuner's finished trials, with the data that `search` was called with.

    Args:
        tuner: Of the user's script, on the project.
        args: What the script called `search` with.
        kwargs: The same, by name.
        folder: Where the repair keeps its things; what it has dealt with already is left out.
    """
    path = Path(tuner.project_dir)
    known = {item.key for item in project.read(path).bad} | {outcome.key for outcome in journal.read(folder)}
    inputs = inputs_of(args, kwargs)
    if inputs is None or not hasattr(tuner, "load_model"):
        return []
    trials = [trial for key, trial in tuner.oracle.trials.items() if key not in known and trial.status == "COMPLETED"]
    items = []
    for trial in trials:
        if project.is_repaired(path, str(trial.trial_id)):
            continue
        try:
            outputs = tuner.load_model(trial)(inputs, training=False)  # `predict` would trace each of them
        except Exception:  # no checkpoint, a model that cannot be asked so: not judged
            continue
        if constant(outputs):
            items.append(Item(str(trial.trial_id), project.config_of(trial.get_state()), REASON))
    return items


def constant(outputs: Any) -> bool:
    """Whether every row of every output is the same, as near as float32 can tell."""
    parts = list(outputs.values()) if isinstance(outputs, dict) else outputs
    arrays = [np.asarray(part, "float64") for part in (parts if isinstance(parts, list | tuple) else [parts])]
    return all(_same_rows(array) for array in arrays)


def _same_rows(array: Any) -> bool:
    if len(array) < LEAST or not np.isfinite(array).all():
        return False
    return bool(np.ptp(array, axis=0).max() <= 1e-6 * np.abs(array).max())


def inputs_of(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Some of the inputs that `search` was given, those for validation first; None where there are no arrays."""
    validation = kwargs.get("validation_data")
    given = [validation[0] if isinstance(validation, list | tuple) and validation else validation,
             kwargs.get("x", args[0] if args else None)]  # fmt: skip
    for data in given:
        try:
            some = _first(data)
        except Exception:  # a kind of data that is not known here
            continue
        if some is not None:
            return some
    return None


def _first(data: Any) -> Any:
    if data is None:
        return None
    if isinstance(data, Mapping):
        return {name: part[:ROWS] for name, part in data.items()}
    if isinstance(data, list | tuple):
        return [part[:ROWS] for part in data]
    if hasattr(data, "take"):
        batch = next(iter(data.take(1))) if not hasattr(data, "dtype") else data[:ROWS]
    else:
        batch = data[0] if not hasattr(data, "shape") else data[:ROWS]
    return batch[0] if isinstance(batch, list | tuple) else batch

"""Rows kept back from one more training under a plan: what it knows of them nobody can have learnt by heart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import tree

from autostable.training import data
from autostable.training.examine import rows
from autostable.training.examine.rows import Rows

_BLOCKS = 50  # contiguous ones: rows beside each other may be of one patient
_EVERY = 5  # of these are kept back: a fifth of the rows


def held_back(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Rows] | None:
    """The arguments of a fit without a fifth of its rows, in blocks, and these rows; None where it is not given arrays.

    Args:
        arguments: Those of `fit`.
    """
    count = data.row_count(arguments["x"])
    if count is None or arguments.get("y") is None:
        return None
    place = np.arange(count)[data.training_rows(dict(arguments))]
    blocks = np.array_split(place, _BLOCKS)
    back = np.concatenate(blocks[::_EVERY])
    rest = np.setdiff1d(place, back)
    found = rows.trained_on({**arguments, **_taken(arguments, back), "validation_split": 0.0})
    if found is None:
        return None
    return {**arguments, **_taken(arguments, rest), "validation_split": 0.0, "validation_data": None}, found


def _taken(arguments: Mapping[str, Any], chosen: Any) -> dict[str, Any]:
    return {
        name: tree.map_structure(lambda part: None if part is None else np.asarray(part)[chosen], arguments.get(name))
        for name in ("x", "y", "sample_weight")
    }

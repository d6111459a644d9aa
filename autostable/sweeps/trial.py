"""A trial of an Optuna study with the parameters that it had, which keeps what its objective says on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna


class Again(optuna.trial.FixedTrial):
    """A trial that is trained again; it is not pruned."""

    def __init__(self, params: Mapping[str, Any], number: int) -> None:
        super().__init__(dict(params), number=number)
        self.reported: dict[str, float] = {}

    def report(self, value: float, step: int) -> None:
        """Keep an intermediate value; of a step that comes twice the last one: what a failed run reported does not count."""
        self.reported[str(int(step))] = float(value)


def again(params: Mapping[str, Any], number: int) -> Again:
    """The trial of this number, with its parameters."""
    return Again(params, number)

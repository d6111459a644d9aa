"""What the sound trials of a sweep reached on the same unseen rows: a reference for the others."""

from __future__ import annotations

import hashlib

import numpy as np

from autostable.judgement import levels
from autostable.judgement.calibrated import Calibrated
from autostable.judgement.kinds import Array
from autostable.judgement.reference import Reference


class Peers:
    """The best trial so far for each set of unseen rows. Rows are the same where their targets are."""

    def __init__(self) -> None:
        self._best: dict[str, Calibrated] = {}

    def best(self, targets: Array, network: Calibrated) -> Reference | None:
        """What the best trial reached on these rows, measured as this one is; None where there is none.

        Args:
            targets: Of the unseen rows.
            network: The trial that asks.
        """
        found = self._best.get(_key(targets))
        if found is None or found.kind is not network.kind or len(found.losses) != len(network.losses):
            return None
        sure = found.p <= levels.SURELY
        return Reference(found.kind, None, found.skill, found.error, found.predictions, sure, found)

    def tell(self, targets: Array, network: Calibrated) -> None:
        """A sound trial reached this on these rows."""
        known = self._best.get(_key(targets))
        if known is None or known.skill < network.skill:
            self._best[_key(targets)] = network


def _key(targets: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(targets).tobytes()).hexdigest()

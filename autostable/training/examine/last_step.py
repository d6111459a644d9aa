"""What the last step of a training that learnt too little shows, every operation of it recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from autostable.evidence import Misfed
from autostable.knowledge import scales
from autostable.training import created, seams
from autostable.training.audit import audit
from autostable.training.replay import activations, shapes, shares, slopes
from autostable.training.replay.recording import Replay


def seen_in(replay: Replay | None) -> dict[str, Any]:
    """Those fields of `Evidence` that a replayed step fills; none where there is no such step."""
    if replay is None:
        return {}
    return {
        "crossing": shapes.mixed_up(replay), "emptied": slopes.emptied(replay), "stepped": slopes.stepped(replay),
        "lone_share": shapes.lone_share(replay), "misfed": tuple(_misfed(replay)),
        "unreached": slopes.unreached(replay), "severed": slopes.severed(replay), "as_logits": shares.as_logits(replay),
        "starving": shares.hidden(replay),
    }  # fmt: skip


def _misfed(replay: Replay) -> Iterator[Misfed]:
    """Normalizations that bring what they are given out of order: they were adapted to other numbers."""
    for layer, given in activations.given_by(replay, keras.layers.Normalization):
        mean, variance = seams.statistics_of(layer)
        values = np.asarray(given, np.float64)
        if not mean.size or values.ndim < 2 or values.shape[-1] != mean.size:
            continue
        seen = audit(layer.name, values)
        before = audit(layer.name, values * np.sqrt(variance.ravel()) + mean.ravel())
        if seen is not None and before is not None and scales.out_of_order(seen):
            yield Misfed(layer.name, before, seen, created.site_of(layer))

"""Where what is not finite came into a recorded step from the data."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autostable.evidence import LateMask
from autostable.records import Site
from autostable.training.replay.numbers import key_of
from autostable.training.replay.recording import Op, Replay


def entered(replay: Replay, born: Op) -> Site | None:
    """The user's line where the number came in that this operation made NaN of; its own where it made it itself."""
    first = born
    while not first.birth:
        makers = [replay.made.get(key) for key in first.inputs if replay.bad.get(key)]
        maker = next((made for made in makers if made is not None), None)
        if maker is None:
            break
        first = maker
    return None if first.site is None else dataclasses.replace(first.site, op=first.kind)


def late_mask(replay: Replay) -> LateMask | None:
    """Where the user's code first computes with entries of the data that are not finite, if a mask is to leave them out.

    That is a factor which is 0 wherever the other one is not finite, and makes NaN of them; None where there is no such.
    """
    held = replay.held()
    for op in replay.ops:
        if op.kind == "Mul" and op.bad and op.forward is None and op.site is not None and len(op.inputs) == 2:
            for mask, other in (op.inputs, op.inputs[::-1]):
                if not replay.bad.get(mask) and replay.bad.get(other) and _leaves_out(held[mask], held[other]):
                    return _enters(replay, other)
    return None


def left_out(replay: Replay) -> Site | None:
    """The user's `where` that leaves bad entries out of a loss that is finite; the derivative of what made them stays bad."""
    if not replay.loss or any(replay.bad.get(key_of(loss)) for loss in replay.loss):
        return None
    for op in replay.ops:
        chooses = op.kind in ("SelectV2", "Select") and op.forward is None
        if chooses and op.bad_inputs and not op.bad and op.site is not None and not op.builtin:
            return dataclasses.replace(op.site, op=op.kind)
    return None


def _enters(replay: Replay, key: int) -> LateMask | None:
    """The user's operation by which what is not finite in a tensor comes in from the data."""
    made = replay.made.get(key)
    while made is not None:
        bad = [each for each in made.inputs if replay.bad.get(each)]
        makers = [replay.made[each] for each in bad if each in replay.made]
        if not makers:
            if made.site is None or made.builtin or not bad:
                return None
            return LateMask(made.kind, made.inputs.index(bad[0]), dataclasses.replace(made.site, op=made.kind))
        made = makers[0]
    return None


def _leaves_out(mask: Any, other: Any) -> bool:
    """Whether a factor is 0 wherever the other one is not finite."""
    kept, known = np.broadcast_arrays(np.asarray(mask) != 0, np.isfinite(np.asarray(other)))
    return bool(np.all(known | ~kept))

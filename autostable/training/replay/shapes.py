"""What a recorded step shows of shapes: where the wrong rows meet, and shares of one entry."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from autostable.evidence import Crossing, LoneShare
from autostable.knowledge import operations
from autostable.training.replay.recording import PARTS, Op, Replay, reads_variable


def mixed_up(replay: Replay) -> Crossing | None:
    """The user's first operation by whose shapes the wrong rows meet; None where there is none."""
    return poured(replay) or set_against_itself(replay) or crossing(replay)


def crossing(replay: Replay) -> Crossing | None:
    """The user's first operation in which a column meets a flat array of as many rows; None where there is none.

    What meets its own flat form is a comparison of all pairs that was meant, and a layer's weights are as many as its units,
    whatever number of rows a batch has.
    """
    paired = [op for op in replay.ops if op.kind in operations.PAIRED and op.forward is None and len(op.inputs) == 2]
    for op in paired:
        if op.site is None or op.site.line is None:
            continue
        first, second = (list(replay.shape(key)) for key in op.inputs)
        tall, flat = (first, second) if len(first) == 2 else (second, first)
        if len(tall) != 2 or len(flat) != 1 or tall[1] != 1 or not tall[0] == flat[0] >= 2:
            continue
        of_units = op.layer is not None and _weights(replay, op.inputs[tall is first])
        if not of_units and not _akin(replay, op):
            return Crossing(op.kind, int(flat[0]), int(tall is second), op.site)
    return None


def _akin(replay: Replay, op: Op) -> bool:
    """Whether one argument of an operation is made of the other."""
    first, second = op.inputs
    return first in replay.made_of(second) or second in replay.made_of(first)


def _weights(replay: Replay, key: int) -> bool:
    """Whether a tensor is made of variables and single numbers alone."""
    made_of = replay.made_of(key)
    read = [each for each in made_of if (made := replay.made.get(each)) is not None and reads_variable(made)]
    given = [each for each in made_of if each not in replay.made and replay.shape(each).rank]
    return bool(read) and not given


def set_against_itself(replay: Replay) -> Crossing | None:
    """The first operation in which a flat array meets its own transpose: to transpose what is flat does nothing."""
    kinds = operations.PAIRED | {"Equal", "NotEqual"}
    for op in replay.ops:
        if op.kind not in kinds or op.forward is not None or op.site is None or len(op.inputs) != 2:
            continue
        shapes = [replay.shape(key) for key in op.inputs]
        if any(shape.rank != 1 or shape[0] < 2 for shape in shapes) or shapes[0] != shapes[1]:
            continue
        turned = [replay.made.get(replay.before(key, PARTS)) for key in op.inputs]
        first, second = (made if made is not None and made.kind == "Transpose" else None for made in turned)
        made = second or first
        if made is None or made.builtin or (first is not None and second is not None):
            continue
        other = op.inputs[0] if made is second else op.inputs[1]
        if replay.before(made.inputs[0]) == replay.before(other):
            return Crossing(op.kind, int(shapes[0][0]), int(made is first), op.site, "transposed")
    return None


def poured(replay: Replay) -> Crossing | None:
    """The first sum or mean over all rows of what is picked of each, where that one number meets a flat array of rows."""
    held = replay.held()
    for op in replay.ops:
        if op.kind not in operations.POURED or op.forward is not None or op.builtin or op.site is None:
            continue
        entries, result = replay.shape(op.inputs[0]), replay.shape(op.outputs[0])
        if result.rank != 0 or entries.rank != 2 or min(entries) < 2 or not _picks(replay, op.inputs[0], held):
            continue
        if _meets_rows(replay, op, int(entries[0])):
            return Crossing(op.kind, int(entries[0]), 0, op.site, "poured")
    return None


def _picks(replay: Replay, key: int, held: Mapping[int, Any]) -> bool:
    """Whether a matrix is a product with a one-hot one: a single entry is left of each row."""
    made = replay.made.get(key)
    if made is None or made.kind != "Mul":
        return False
    shape = replay.shape(key)
    factors = (np.asarray(held[each]) for each in made.inputs if each in held and replay.shape(each) == shape)
    return any(bool(np.isin(each, (0, 1)).all() and (each.sum(axis=1) == 1).all()) for each in factors)


def _meets_rows(replay: Replay, pooled: Op, rows: int) -> bool:
    """Whether a number meets a flat array of so many rows, as one that is taken from them or a factor of them."""
    numbers = set(pooled.outputs)
    for op in replay.ops[pooled.index + 1 :]:
        if op.forward is not None or op.updating or not numbers & set(op.inputs):
            continue
        shapes = [replay.shape(key) for key in op.inputs]
        if op.kind in operations.COMPARES and any(shape.rank == 1 and shape[0] == rows for shape in shapes):
            return True
        if all(replay.shape(key).rank == 0 for key in op.outputs):
            numbers.update(op.outputs)
    return False


def lone_share(replay: Replay) -> LoneShare | None:
    """The first softmax along an axis of one entry; None where there is none."""
    for op in replay.ops:
        if op.kind in ("Softmax", "LogSoftmax") and op.forward is None and op.site is not None and op.inputs:
            shape = tuple(map(int, replay.shape(op.inputs[0])))
            if shape[-1:] == (1,) and len(shape) > 1 and shape[0] > 1:
                return LoneShare(op.kind, shape, dataclasses.replace(op.site, op=op.kind))
    return None

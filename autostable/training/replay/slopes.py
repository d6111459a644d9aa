"""Why gradients of a recorded step are zero, or missing: a comparison that is true nowhere, an operation without a slope."""

from __future__ import annotations

import dataclasses

import tensorflow as tf

from autostable.knowledge import operations
from autostable.records import Site
from autostable.training.replay.numbers import dense, is_value_of, name_of
from autostable.training.replay.recording import Replay


def emptied(replay: Replay) -> Site | None:
    """The user's first comparison that is true nowhere, of a step whose gradients are all zero; None where there is none.

    A mask that lets nothing through (255 where 1 is looked for) leaves a loss that no weight has a part in.
    """
    if not _only_zeros(replay):
        return None
    held = replay.held()
    for op in replay.ops:
        if op.kind in operations.COMPARISONS and op.forward is None and op.site is not None and not op.builtin:
            flags = held[op.outputs[0]]
            if flags.shape.num_elements() > 1 and not bool(tf.reduce_any(flags)):
                return dataclasses.replace(op.site, op=op.kind)
    return None


def stepped(replay: Replay) -> Site | None:
    """The user's first operation that has no slope anywhere and takes what is trained, where all gradients are zero."""
    if not _only_zeros(replay):
        return None
    held = replay.held()
    trained = [variable for _, variable in replay.gradients]
    read = {
        key for key, value in held.items() if replay.was_read(key) and any(is_value_of(each, value) for each in trained)
    }
    for op in replay.ops:
        if op.kind not in operations.STEPS or op.forward is not None or op.site is None or op.builtin:
            continue
        if read & replay.made_of(op.inputs[0]):
            return dataclasses.replace(op.site, op=op.kind)
    return None


def unreached(replay: Replay) -> tuple[str, ...]:
    """The names of what is trained and gets no gradient at all, where something else does."""
    missing = tuple(name_of(variable) for gradient, variable in replay.gradients if gradient is None)
    return missing if len(missing) < len(replay.gradients) else ()


def _only_zeros(replay: Replay) -> bool:
    """Whether there are gradients, and all of them are exactly zero."""
    known = [dense(gradient) for gradient, _ in replay.gradients if gradient is not None]
    return bool(known) and not any(bool(tf.reduce_any(gradient != 0)) for gradient in known)

"""Why gradients of a recorded step are zero, or missing: a comparison that is true nowhere, an operation without a slope."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import tensorflow as tf

from autostable.evidence import Cut, Severed
from autostable.knowledge import operations
from autostable.records import Site
from autostable.training.replay.numbers import dense, is_value_of, key_of, name_of
from autostable.training.replay.recording import Op, Replay


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
    read = as_read(replay)
    for op in replay.ops:
        if op.kind not in operations.STEPS or op.forward is not None or op.site is None or op.builtin:
            continue
        if read & replay.made_of(op.inputs[0]):
            return dataclasses.replace(op.site, op=op.kind)
    return None


def severed(replay: Replay) -> Severed | None:
    """Why no gradient at all comes back to what is trained; None where one does, or none was asked for."""
    if not replay.gradients or any(gradient is not None for gradient, _ in replay.gradients):
        return None
    read = as_read(replay)
    losses = [key_of(each) for each in replay.loss if tf.is_tensor(each)]
    cuts = [op for op in _cuts(replay, losses, read) if op.site is not None]
    own = [op for op in cuts if not op.builtin] or cuts
    if own:
        first = min(own, key=lambda op: (op.kind not in operations.ROUNDINGS, op.index))
        return Severed(Cut.OPERATION, first.site and dataclasses.replace(first.site, op=first.kind), first.in_loss)
    reaches = any(read & replay.made_of(key) for key in losses)
    trained = [op for op in replay.ops if op.forward is None and any(read & replay.made_of(key) for key in op.inputs)]
    placed = [op.site for op in trained if op.site is not None]
    site = placed[0 if reaches else -1] if placed else None
    return Severed(Cut.UNSEEN if reaches else Cut.LEFT, site)


def _cuts(replay: Replay, losses: Sequence[int], read: set[int]) -> Iterator[Op]:
    """Where ways back from a loss through operations that have a gradient end at one that has none, and is made of these."""
    held, todo, seen = replay.held(), list(losses), set[int]()
    while todo:
        made = replay.made.get(todo.pop())
        if made is None or made.index in seen:
            continue
        seen.add(made.index)
        kind = held[made.outputs[0]].dtype
        counts = made.kind == "Cast" and not (kind.is_floating or kind.is_complex)
        if made.kind not in operations.WITHOUT_GRADIENT and not counts:
            todo += made.inputs
        elif any(read & replay.made_of(key) for key in made.inputs):
            yield made


def as_read(replay: Replay) -> set[int]:
    """Tensors that are the value of something trained, as the step reads it."""
    trained = [variable for _, variable in replay.gradients]
    return {
        key for key, value in replay.held().items()
        if replay.was_read(key) and any(is_value_of(each, value) for each in trained)
    }  # fmt: skip


def unreached(replay: Replay) -> tuple[str, ...]:
    """The names of what is trained and gets no gradient at all, where something else does."""
    missing = tuple(name_of(variable) for gradient, variable in replay.gradients if gradient is None)
    return missing if len(missing) < len(replay.gradients) else ()


def _only_zeros(replay: Replay) -> bool:
    """Whether there are gradients, and all of them are exactly zero."""
    known = [dense(gradient) for gradient, _ in replay.gradients if gradient is not None]
    return bool(known) and not any(bool(tf.reduce_any(gradient != 0)) for gradient in known)

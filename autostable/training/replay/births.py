"""What is asked of the operation that was born bad: what feeds it, what it is part of, and what else is like it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from autostable.knowledge import operations
from autostable.records import Site
from autostable.training import seams
from autostable.training.replay.numbers import is_value_of, range_of
from autostable.training.replay.recording import PARTS, Op, Replay

_KEEPING_ZERO = frozenset({"Square", "Abs", "Neg", "Sqrt", "BroadcastTo"})  # one argument, and 0 of 0
_BOUNDING = frozenset({"AddV2", "Add", "Maximum", "ClipByValue"})


def spares_gradients(replay: Replay, births: Sequence[Op]) -> bool:
    """Whether what went wrong here is no matter of the weights: a constant was infinite, or they have no part in it."""
    followed = {op.forward.index for op in replay.ops if op.forward is not None}
    return all(not op.birth or op.index not in followed for op in births)


def alike(replay: Replay, born: Op) -> tuple[Site, ...]:
    """The user's other lines of the same layer or loss that take a bare logarithm of a share, as this one does.

    A share is a number from 0 to 1; bare means that nothing was added to it and that it was not bounded.
    """
    if not _bare_log_of_share(replay, born):
        return ()
    same = [op for op in replay.ops if op.layer is born.layer and op.in_loss == born.in_loss and op is not born]
    sites = [op.site for op in same if _bare_log_of_share(replay, op)]
    return tuple(
        dict.fromkeys(
            site for site in sites if site and born.site and site.file == born.site.file and site != born.site
        )
    )


def _bare_log_of_share(replay: Replay, op: Op) -> bool:
    if op.kind != "Log" or op.forward is not None or op.builtin or op.low is None or op.high is None:
        return False
    made = replay.made.get(op.inputs[0])
    bounded = made is None or made.kind in _BOUNDING
    return not bounded and op.low >= 0.0 and op.high <= 1.0


def fed_by(replay: Replay, born: Op) -> Any:
    """The layer whose output an operation takes as it is, or a part of it; None where something was done to it.

    A number that is added (an epsilon), or that it is taken from, counts for nothing.
    """
    if not born.inputs:
        return None
    held = replay.held()
    key, _ = _unshifted(replay, born.inputs[0])
    low = range_of(held[key])[0] if key in held else born.low
    while (made := replay.made.get(key)) is not None:
        if made.kind not in PARTS:
            return None if made.layer is born.layer else made.layer
        fitting = [each for each in made.inputs if each in held and range_of(held[each])[0] == low]
        key = fitting[0] if fitting else made.inputs[0]
    return None


def is_share(replay: Replay, born: Op) -> bool:
    """Whether a logarithm is taken of one number and, in the same step, of 1 less that number, as of a probability."""
    if born.kind != "Log" or not born.inputs:
        return False
    key, turned = _unshifted(replay, born.inputs[0])
    logarithms = [op.inputs[0] for op in replay.ops if op.kind == "Log" and op.forward is None and op.inputs]
    return (key, not turned) in map(functools.partial(_unshifted, replay), logarithms)


def _unshifted(replay: Replay, key: int) -> tuple[int, bool]:
    """What a tensor was before single numbers were added to it, or it was taken from one; and whether it was."""
    turned = False
    while (made := replay.made.get(key)) is not None and made.kind in ("AddV2", "Sub") and made.forward is None:
        numbers = [each not in replay.made and replay.shape(each).rank == 0 for each in made.inputs]
        if numbers.count(True) != 1:
            break
        turned ^= made.kind == "Sub" and numbers[0]
        key = made.inputs[numbers.index(False)]
    return key, turned


def root_under(replay: Replay, born: Op) -> Site | None:
    """The user's line that takes the root which a division divides by; None where it divides by something else."""
    made = replay.made.get(born.inputs[1]) if born.kind in operations.DIVISIONS and len(born.inputs) > 1 else None
    while made is not None and made.kind in PARTS and made.inputs:
        made = replay.made.get(made.inputs[0])
    return made.site if made is not None and made.kind == "Sqrt" and not made.builtin else None


def zeros_under(replay: Replay, born: Op) -> list[Any]:
    """Variables that are trained and hold nothing but 0, of which an operation is taken that is singular there.

    All that the user's line meets, in other layers of the kind, too; under signs, squares and roots likewise.
    """
    row = operations.known(born.kind)
    if row.near != "zero" or born.builtin or born.site is None:
        return []
    trained = [variable for _, variable in replay.gradients if not seams.numpy_value(variable).any()]
    same = [op for op in replay.ops if (op.kind, op.site, op.forward) == (born.kind, born.site, None)]
    held, found = replay.held(), dict[int, Any]()
    for op in same:
        key = replay.before(op.inputs[row.argument], PARTS | _KEEPING_ZERO)
        own = {id(each) for each in getattr(op.layer, "trainable_variables", trained)}
        read = (each for each in trained if id(each) in own and replay.was_read(key) and key in held)
        found |= {id(each): each for each in read if is_value_of(each, held[key])}
    return list(found.values())


def in_logarithms(replay: Replay, born: Op) -> bool:
    """Whether an operation lies in a formula of exponentials or shares that ends in a logarithm, or in a quotient."""
    chains: dict[int, set[int]] = {}  # of a tensor, the operations between it and its exponentials
    for op in replay.ops:
        if op.forward is not None:
            continue
        behind = set().union(*(chains.get(key, ()) for key in op.inputs))
        share = op.kind == "Sub" and len(op.inputs) > 1 and _is_made_by(replay, op.inputs[1], "Sigmoid")
        if op.kind in operations.USES_OF_LOGARITHMS and behind and born.index in behind | {op.index}:
            return True
        if op.kind in operations.EXPONENTIALS or (
            behind
            and (share or op.kind in operations.LOGARITHM_GOES_ON | operations.USES_OF_LOGARITHMS - {"Log", "Log1p"})
        ):
            for key in op.outputs:
                chains[key] = behind | {op.index}
    return False


def _is_made_by(replay: Replay, key: int, kind: str) -> bool:
    made = replay.made.get(key)
    return made is not None and made.kind == kind


def others(first: Op, births: list[Op]) -> tuple[Site, ...]:
    """Other user lines where the same operation was born bad."""
    same = [op.forward or op for op in births]
    sites = [op.site for op in same if op.kind == first.kind and not op.builtin and op.site is not None]
    return tuple(dict.fromkeys(site for site in sites if first.site is None or site.line != first.site.line))


def masked(replay: Replay, forward: Op) -> bool:
    """Whether the operation's result goes through a select before it gets to the loss."""
    reached = set(forward.outputs)
    for op in replay.ops[forward.index + 1 :]:
        if op.forward is None and reached & set(op.inputs):
            if op.kind in ("Select", "SelectV2"):
                return True
            reached.update(op.outputs)
    return False

"""Which bad numbers of a recorded step reach which tensors.

Only births whose bad numbers reach the loss, a gradient or a state count; the first of them is the finding. A masked -inf
reaches nothing and is not blamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autostable.training.replay.numbers import badness, handle_of, key_of
from autostable.training.replay.recording import Op, Replay, reads_variable


def births_of(replay: Replay, tensors: Sequence[Any]) -> list[Op]:
    """The births whose bad numbers reach one of these tensors, in the order of execution.

    Where there is none, only infinite constants go in (a mask of -inf): then it is the operations
    that make NaN of them.
    """
    reached = _reaching(replay, tensors)
    births = [op for op in reached if op.birth]
    if all(map(reads_variable, births)) and replay.assigned:
        earlier = [op for op in _reaching(replay, tensors, stored=True) if op.birth and not reads_variable(op)]
        for op in earlier:
            op.updating = True
        births = [*earlier, *births]
    return births or [op for op in reached if op.bad == 2 and op.bad_inputs == 1]


def given_bad(replay: Replay, tensors: Sequence[Any]) -> list[Any]:
    """Tensors with NaN that reach one of these and that no operation of the step has made: it was called with them."""
    keys = {key for op in _reaching(replay, tensors) for key in op.inputs if replay.bad.get(key) == 2}
    return replay.kept(sorted(key for key in keys if key not in replay.made and key not in replay.leaves))


def assigned(replay: Replay, variables: Sequence[Any]) -> list[Any]:
    """The bad values that were assigned to one of these variables."""
    handles = {key_of(handle) for handle in map(handle_of, variables) if handle is not None}
    return [each.value for each in replay.assigned if each.handle in handles]


def bad_leaves(replay: Replay, tensors: Sequence[Any]) -> list[tuple[str, int]]:
    """Bad input tensors of the step that reach one of these tensors."""
    found: list[tuple[str, int]] = []
    _reaching(replay, tensors, found)
    return found


def _reaching(
    replay: Replay, tensors: Sequence[Any], leaves: list[tuple[str, int]] | None = None, *, stored: bool = False
) -> list[Op]:
    """The operations with a bad result that reaches one of these tensors, in the order of execution.

    With `stored` also by way of variables that they were assigned to before.

    NaN is followed to NaN where an argument holds it: an Inf beside it may well be a mask's.
    """
    found: dict[int, Op] = {}
    todo = [key_of(tensor) for tensor in tensors if replay.bad.get(key_of(tensor), badness(tensor))]
    seen = set(todo)
    while todo:
        key = todo.pop()
        if key in replay.leaves:
            if leaves is not None:
                leaves.append(replay.leaves[key])
            continue
        op = replay.made.get(key)
        if stored and (op is None or reads_variable(op)):
            todo += [source for source in _assigned_like(replay, key) if source not in seen]
            seen.update(todo)
        if op is None:
            continue
        found[op.index] = op
        least = 2 if op.bad_inputs == 2 and op.bad == 2 else 1
        for source in op.inputs:
            if replay.bad.get(source, 0) >= least and source not in seen:
                seen.add(source)
                todo.append(source)
    return [found[index] for index in sorted(found)]


def _assigned_like(replay: Replay, key: int) -> list[int]:
    """The bad values assigned, before it was first seen, to variables of this value's shape.

    An eager read of a variable is no operation, so the shape is all that connects the two.
    """
    index, shape = replay.seen_first.get(key, (0, None))
    return [key_of(each.value) for each in replay.assigned if each.by < index and each.value.shape == shape]

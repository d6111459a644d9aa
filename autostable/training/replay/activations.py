"""What layers, and activations that the user's code calls, take and give in the forward pass of a recorded step."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autostable.knowledge import operations
from autostable.records import Site
from autostable.training.replay.numbers import is_value_of
from autostable.training.replay.recording import Op, Replay


@dataclasses.dataclass(frozen=True)
class Called:
    """An activation that code of the user's calls.

    Attributes:
        kind: TensorFlow's name of the operation.
        site: The line.
        given: What it gave when it was first called there.
        is_output: No weights come behind it.
        recurrent: A cell calls it, over and over.
        gate: It multiplies something else that was computed.
    """

    kind: str
    site: Site
    given: Any
    is_output: bool
    recurrent: bool
    gate: bool


@dataclasses.dataclass(frozen=True)
class Unit:
    """An activation of a program without layers.

    Attributes:
        kind: TensorFlow's name of it.
        site: Where the user's code calls it.
        given: What it gave.
        behind: The number of the last product with weights before it; -1 where there is none.
    """

    kind: str
    site: Site
    given: Any
    behind: int


def layers_said(replay: Replay) -> dict[int, Any]:
    """What the last operation of each layer gave in the forward pass, by the layer's id."""
    return {id(layer): given for layer, given in given_by(replay, object)}


def given_by(replay: Replay, kind: type) -> list[tuple[Any, Any]]:
    """The layers of a class that were called in the forward pass, each with what its last operation gave."""
    held = replay.held()
    made = {
        id(op.layer): (op.layer, held[op.outputs[0]])
        for op in replay.ops
        if op.layer is not None and isinstance(op.layer, kind)
        and op.forward is None and not op.updating and op.outputs
    }  # fmt: skip
    return list(made.values())


def taken_by(replay: Replay, kind: Any) -> Iterator[tuple[Any, list[Any]]]:
    """The layers of one class, or of several, each with the tensors that its first operation takes."""
    held, known = replay.held(), set[int]()
    for op in replay.ops:
        if op.forward is None and not op.updating and isinstance(op.layer, kind) and id(op.layer) not in known:
            known.add(id(op.layer))
            yield op.layer, [held[key] for key in op.inputs if key in held]


def units(replay: Replay) -> list[Unit]:
    """The activations that the user's own code calls, in the order of the forward pass."""
    held, weighed = replay.held(), _weighed(replay)
    return [
        Unit(op.kind, op.site, held[op.outputs[0]], max((each for each in weighed if each < op.index), default=-1))
        for op in replay.ops
        if op.kind in operations.ACTIVATIONS and op.forward is None and op.layer is None and op.site is not None
    ]


def matrices(replay: Replay) -> dict[int, tuple[Any, Any]]:
    """By the numbers of the forward pass's products, the trained matrix that is one of their factors, and its gradient.

    Not every eager read of a variable is an operation: it is the matrix whose values the factor has.
    """
    trained = [(variable, gradient) for gradient, variable in replay.gradients if len(variable.shape) >= 2]
    found = {}
    for index, factors in _weighed(replay).items():
        read = (each for each in trained if any(is_value_of(each[0], factor) for factor in factors))
        matrix = next(read, None)
        if matrix is not None:
            found[index] = matrix
    return found


def _weighed(replay: Replay) -> dict[int, list[Any]]:
    """The forward pass's products: their numbers, and those of their factors that were read, not made."""
    held = replay.held()
    return {
        op.index: [held[key] for key in map(replay.before, op.inputs) if replay.was_read(key) and key in held]
        for op in replay.ops
        if op.forward is None and op.kind in operations.OF_WEIGHTS and not op.updating
    }


def called(replay: Replay) -> list[Called]:
    """The activations that code of the user's calls in the forward pass, each line once.

    Those of a loss are none of the model's.
    """
    held, found = replay.held(), dict[tuple[str, Site], Called]()
    forward = [op for op in replay.ops if op.forward is None and not op.updating]
    last = max((op.index for op in forward if op.kind in operations.OF_WEIGHTS), default=-1)
    factors = {
        key for op in forward if op.kind == "Mul" for key in op.inputs if all(each in replay.made for each in op.inputs)
    }
    for op in forward:
        if op.kind in operations.ACTIVATIONS and op.site is not None and not (op.builtin or op.in_loss):
            if (op.kind, op.site) in found:
                continue
            recurrent = hasattr(op.layer, "state_size") or _comes_again(replay, op, forward)
            made = Called(op.kind, op.site, held[op.outputs[0]], op.index > last, recurrent, op.outputs[0] in factors)
            found[op.kind, op.site] = made
    return list(found.values())


def _comes_again(replay: Replay, first: Op, forward: Sequence[Op]) -> bool:
    """Whether what an activation gave is fed to it again through the same weights, as in a loop over time steps."""
    again = next(
        (op for op in forward if op.index > first.index and (op.kind, op.site) == (first.kind, first.site)), None
    )
    if again is None or first.outputs[0] not in replay.made_of(again.inputs[0]):
        return False
    products = [op for op in forward if op.kind in operations.OF_WEIGHTS]
    before = [next((op for op in reversed(products) if op.index < each.index), None) for each in (first, again)]
    if None in before:
        return False
    one, other = before
    assert one is not None and other is not None
    if one.layer is not None and one.layer is other.layer and one.builtin:
        return True
    weighed = _weighed(replay)
    return any(np.array_equal(a, b) for a in weighed[one.index] for b in weighed[other.index])

"""The record of one step: its operations one by one, and which of them made and took which tensor.

The step is run eagerly, outside XLA, with a callback after every operation and around every
operation's gradient function. An operation gives birth to a bad number where its result holds
NaN or Inf while its arguments hold none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from autostable.evidence import Finding
from autostable.knowledge import operations
from autostable.records import Site
from autostable.training.replay.numbers import (
    bad_rows,
    badness,
    checked,
    key_of,
    least_divisor,
    magnitude,
    of_nothing,
    range_of,
    vanishes,
)
from autostable.training.replay.place import called_by_keras, place_of_call
from autostable.training.replay.strict import STRICT

PARTS = frozenset({
    "Identity", "StridedSlice", "Slice", "Split", "SplitV", "Unpack", "Reshape", "Squeeze", "ExpandDims", "Cast", "ConcatV2",
    "Pack", "GatherV2",
})  # fmt: skip  # operations that hand on numbers as they are


@dataclasses.dataclass
class Op:
    """One operation of the replay."""

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    bad_inputs: int  # 0: finite, 1: Inf, 2: NaN
    bad: int
    site: Site | None
    layer: Any
    builtin: bool
    in_loss: bool
    forward: Op | None  # of a gradient's operation: the operation whose gradient it is
    low: float | None = None
    high: float | None = None
    least: float | None = None
    rows: tuple[int, ...] = ()
    largest_before: float = 0.0
    updating: bool = False  # ran within the optimizer's update
    of_keras: bool = False  # of a crossentropy: Keras has called it, and not the user's own code
    attrs: tuple[Any, ...] = ()  # of a birth only
    check: str | None = None  # likewise, what TensorFlow says of its results
    vanished: bool = False  # half precision has made nothing of what is something

    @property
    def birth(self) -> bool:
        return bool(self.bad and not self.bad_inputs)


def reads_variable(op: Op) -> bool:
    """Whether an operation reads what a variable holds, all of it or some rows."""
    return op.kind in ("ReadVariableOp", "ResourceGather")


class Assigned(NamedTuple):
    """A bad value that a variable was given: the variable's handle, the value, and the number of the operation."""

    handle: int
    value: Any
    by: int


class Replay:
    """Records the operations of one step.

    Tensors go by their keys (`numbers.key_of`). What follows from the record the other files of this package ask.

    Attributes:
        updates: A step in which nothing bad has come up goes on through its update.
        ops: The operations, in their order.
        loss: Tensors noted as the loss; `gradients` what reached the optimizer, each with its variable.
        leaves: Tensors that went into the step, each with its name and number.
        made: The operation that made a tensor.
        takers: The first operation of a kind that took a tensor.
        bad: Of a tensor 0 where it is finite, 1 where it holds Inf, 2 where it holds NaN.
        seen_first: The number of the operation at which a tensor first came up, and its shape.
        assigned: Bad values that variables were given.
        error: Where the step raised, if it did.
        born: The birth that the finding is about.
        updating: An update is under way.
        traced: The step is one of TensorFlow's graphs, where Keras sees which operation has made a tensor.
        alone: Replicas are replayed one by one, so none may wait for another in an update.
    """

    def __init__(self, *, strict: bool = False, updates: bool = True, traced: bool = False) -> None:
        """Begin with nothing.

        Args:
            strict: Gradients where 0 * Inf is NaN, as under XLA; TensorFlow's own kernels on a CPU hide it.
            updates: A step in which nothing bad has come up goes on through its update.
            traced: The step that is made once more is one of TensorFlow's graphs.
        """
        self.updates = updates
        self.traced = traced
        self.ops: list[Op] = []
        self.loss: list[Any] = []
        self.gradients: list[tuple[Any, Any]] = []
        self.leaves: dict[int, tuple[str, int]] = {}
        self.made: dict[int, Op] = {}
        self.takers: dict[tuple[str, int], Op] = {}
        self.bad: dict[int, int] = {}
        self.seen_first: dict[int, tuple[int, Any]] = {}
        self.assigned: list[Assigned] = []
        self.error: Finding | None = None
        self.born: Op | None = None
        self.updating = False
        self.alone = False
        self._strict = strict
        self._kept: list[Any] = []
        self._forward: list[Op | None] = [None]
        self._largest = 0.0

    def leaf(self, name: str, index: int, tensor: Any) -> None:
        """Name a tensor that goes into the step ("Input", "Label", "Weight")."""
        self.leaves[key_of(tensor)] = (name, index)
        self.bad[key_of(tensor)] = badness(tensor)
        self.seen_first[key_of(tensor)] = (0, tensor.shape)
        self._kept.append(tensor)

    def on_op(self, kind: str, inputs: Any, attrs: Any, outputs: Any, op_name: Any = None, graph: Any = None) -> None:
        """The callback after every operation."""
        if graph is not None:
            return
        kind = kind.decode() if isinstance(kind, bytes) else kind
        inputs = tuple(value for value in inputs or () if isinstance(value, tf.__internal__.EagerTensor))
        outputs = tuple(value for value in outputs or () if isinstance(value, tf.__internal__.EagerTensor))
        bad_inputs = 0
        for value in inputs:
            key = key_of(value)
            if key not in self.bad:
                self.bad[key] = badness(value)
                self.seen_first[key] = (len(self.ops), value.shape)
                self._kept.append(value)
            bad_inputs = max(bad_inputs, self.bad[key])
        bad = 0
        for value in outputs:
            self._kept.append(value)
            self.bad[key_of(value)] = badness(value) or int(bad_inputs > 0 and of_nothing(value))
            self.seen_first[key_of(value)] = (len(self.ops), value.shape)
            bad = max(bad, self.bad[key_of(value)])
        if kind.startswith(("Assign", "Resource")) and bad_inputs:
            handle, number = key_of(inputs[0]), len(self.ops)
            self.assigned += [Assigned(handle, value, number) for value in inputs[1:] if self.bad[key_of(value)]]
        forward = self._forward[-1]
        site, layer, builtin, in_loss = (None, None, False, False) if forward is not None else place_of_call()
        op = Op(
            index=len(self.ops), kind=kind, inputs=tuple(map(key_of, inputs)), outputs=tuple(map(key_of, outputs)),
            bad_inputs=bad_inputs, bad=bad, site=site, layer=layer, builtin=builtin, in_loss=in_loss,
            forward=forward, largest_before=self._largest, updating=self.updating,
            of_keras=kind in operations.CROSSENTROPIES and called_by_keras(),
        )  # fmt: skip
        if op.birth or forward is None:
            place = operations.known(kind).argument
            argument = inputs[place if place < len(inputs) else 0] if inputs else None
            if kind in operations.SINGULAR or op.birth:
                op.low, op.high = range_of(argument)
        if op.birth:
            op.attrs = tuple(attrs or ())
            op.check = checked(kind, outputs)
            op.rows = bad_rows(outputs)
            op.least = (
                least_divisor(inputs[1], outputs[0]) if kind in operations.DIVISIONS and len(inputs) > 1 else None
            )
        elif not bad and not bad_inputs:
            op.vanished = forward is None and vanishes(kind, inputs, outputs)
            self._largest = max(self._largest, *(magnitude(value) for value in outputs), 0.0)
        self.ops.append(op)
        for key in op.inputs:
            self.takers.setdefault((kind, key), op)
        for value in outputs:
            self.made[key_of(value)] = op

    def around_gradient(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wraps the tape's gradient function, so that its operations know whose gradient they are."""

        def gradient(op_name: str, attrs: Any, count: int, inputs: Any, outputs: Any, *rest: Any) -> Any:
            forward = None
            for value in outputs or ():
                forward = forward or self.made.get(key_of(value))
            if forward is None:
                takers = [self.takers.get((op_name, key_of(value))) for value in inputs or ()]
                forward = min(filter(None, takers), key=lambda op: op.index, default=None)
            self._forward.append(forward)
            try:
                found = original(op_name, attrs, count, inputs, outputs, *rest)
                strict = STRICT.get(op_name) if self._strict else None
                incoming = rest[0] if rest else None
                if strict is not None and outputs and incoming and incoming[0] is not None:
                    found = [strict(inputs, outputs[0], incoming[0])]
                return found
            finally:
                self._forward.pop()

        return gradient

    def held(self) -> dict[int, Any]:
        """All tensors of the step by their keys."""
        return {key_of(tensor): tensor for tensor in self._kept}

    def kept(self, keys: Sequence[int]) -> list[Any]:
        """The tensors of these keys that are still held, in order."""
        held = self.held()
        return [held[key] for key in keys if key in held]

    def shape(self, key: int) -> Any:
        """The shape of a tensor."""
        return self.seen_first[key][1]

    def was_read(self, key: int) -> bool:
        """Whether no operation of the step has made a tensor, unless it was one that reads a variable."""
        made = self.made.get(key)
        return made is None or reads_variable(made)

    def before(self, key: int, kinds: Container[str] = PARTS) -> int:
        """What a tensor was before it was brought into another shape, or was what these operations make of it."""
        while (made := self.made.get(key)) is not None and made.inputs and made.kind in kinds:
            key = made.inputs[0]
        return key

    def made_of(self, key: int) -> set[int]:
        """What a tensor is made of, itself among it."""
        found, todo = {key}, [key]
        while todo:
            made = self.made.get(todo.pop())
            new = set(made.inputs if made is not None else ()) - found
            found |= new
            todo += new
        return found

    def came(self, key: int) -> bool:
        """Whether a tensor is a part of the data as they came."""
        made = self.made.get(self.before(key))
        return made is None or made.kind.startswith(("Iterator", "Optional"))

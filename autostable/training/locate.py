"""Where the first bad number was born: one replay of the failing step, op by op, following the dataflow.

The step is run eagerly, outside XLA, with a callback after every operation and around every
operation's gradient function. An operation gives birth to a bad number where its result holds
NaN or Inf while its arguments hold none. Only births whose bad numbers reach the loss, a gradient
or a state count; the first of them is the finding. A masked -inf reaches nothing and is not blamed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
import re
import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable import frames
from autostable.evidence import Crossing, Finding, LateMask, LoneShare
from autostable.knowledge import operations
from autostable.records import Site
from autostable.training import created, layers_called, seams
from autostable.training.aside import alone
from autostable.training.silence import silence

ROUNDING = 1e-6  # relative: what float32 sums differ by when they are summed in another order
_PARTS = frozenset(
    {
        "Identity",
        "StridedSlice",
        "Slice",
        "Split",
        "SplitV",
        "Unpack",
        "Reshape",
        "Squeeze",
        "ExpandDims",
        "Cast",
        "ConcatV2",
        "Pack",
        "GatherV2",
    }
)  # operations that hand on numbers as they are
_KEEPING_ZERO = frozenset({"Square", "Abs", "Neg", "Sqrt", "BroadcastTo"})  # one argument, and 0 of 0


@dataclasses.dataclass
class _Op:
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
    forward: _Op | None  # of a gradient's operation: the operation whose gradient it is
    low: float | None = None
    high: float | None = None
    least: float | None = None
    rows: tuple[int, ...] = ()
    largest_before: float = 0.0
    updating: bool = False  # ran within the optimizer's update
    attrs: tuple[Any, ...] = ()  # of a birth only
    check: str | None = None  # likewise, what TensorFlow says of its results

    @property
    def birth(self) -> bool:
        return bool(self.bad and not self.bad_inputs)


class _Stop(BaseException):
    """Ends the replay before the update."""


class NextReplica(BaseException):
    """Nothing bad came up in this replica's part of the step (see `replicas`)."""


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


class Replay:
    """Records the operations of one step.

    Attributes:
        loss: Tensors noted as the loss; `gradients` what reached the optimizer.
        updating: An update is under way.
        alone: Replicas are replayed one by one, so none may wait for another in an update.
        error: Where the step raised, if it did.
    """

    def __init__(self, *, strict: bool = False, updates: bool = True) -> None:
        """Begin with nothing.

        Args:
            strict: Gradients where 0 * Inf is NaN, as under XLA; TensorFlow's own kernels on a CPU hide it.
            updates: A step in which nothing bad has come up goes on through its update.
        """
        self.ops: list[_Op] = []
        self.loss: list[Any] = []
        self.gradients: list[tuple[Any, Any]] = []
        self.leaves: dict[int, tuple[str, int]] = {}
        self._assigned: list[tuple[int, Any]] = []
        self._assigners: list[int] = []  # the operations that did it
        self._seen_first: dict[int, tuple[int, Any]] = {}
        self.error: Finding | None = None
        self.born: _Op | None = None  # the birth that the finding is about
        self._strict, self.updates = strict, updates
        self.updating = False
        self.alone = False
        self._made: dict[int, _Op] = {}
        self._takers: dict[tuple[str, int], _Op] = {}  # the first operation of a kind that took a tensor
        self._bad: dict[int, int] = {}
        self._kept: list[Any] = []
        self._forward: list[_Op | None] = [None]
        self._largest = 0.0

    # -- recording ---------------------------------------------------------------------------

    def leaf(self, name: str, index: int, tensor: Any) -> None:
        """Name a tensor that goes into the step ("Input", "Label", "Weight")."""
        self.leaves[_key(tensor)] = (name, index)
        self._bad[_key(tensor)] = _badness(tensor)
        self._seen_first[_key(tensor)] = (0, tensor.shape)
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
            key = _key(value)
            if key not in self._bad:
                self._bad[key] = _badness(value)
                self._seen_first[key] = (len(self.ops), value.shape)
                self._kept.append(value)
            bad_inputs = max(bad_inputs, self._bad[key])
        bad = 0
        for value in outputs:
            self._kept.append(value)
            self._bad[_key(value)] = badness = _badness(value) or int(bad_inputs > 0 and _of_nothing(value))
            self._seen_first[_key(value)] = (len(self.ops), value.shape)
            bad = max(bad, badness)
        if kind.startswith(("Assign", "Resource")) and bad_inputs:
            self._assigned += [(_key(inputs[0]), value) for value in inputs[1:] if self._bad[_key(value)]]
            self._assigners += [len(self.ops)] * (len(self._assigned) - len(self._assigners))
        forward = self._forward[-1]
        site, layer, builtin, in_loss = (None, None, False, False) if forward is not None else _place()
        op = _Op(
            index=len(self.ops), kind=kind, inputs=tuple(map(_key, inputs)), outputs=tuple(map(_key, outputs)),
            bad_inputs=bad_inputs, bad=bad, site=site, layer=layer, builtin=builtin, in_loss=in_loss,
            forward=forward, largest_before=self._largest, updating=self.updating,
        )  # fmt: skip
        if op.birth or forward is None:
            place = operations.known(kind).argument
            argument = inputs[place if place < len(inputs) else 0] if inputs else None
            if kind in operations.SINGULAR or op.birth:
                op.low, op.high = _range(argument)
        if op.birth:
            op.attrs = tuple(attrs or ())
            op.check = _checked(kind, outputs)
            op.rows = _bad_rows(outputs)
            op.least = (
                _least_divisor(inputs[1], outputs[0]) if kind in operations.DIVISIONS and len(inputs) > 1 else None
            )
        elif not bad and not bad_inputs:
            self._largest = max(self._largest, *(_magnitude(value) for value in outputs), 0.0)
        self.ops.append(op)
        for key in op.inputs:
            self._takers.setdefault((kind, key), op)
        for value in outputs:
            self._made[_key(value)] = op

    def around_gradient(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wraps the tape's gradient function, so that its operations know whose gradient they are."""

        def gradient(op_name: str, attrs: Any, count: int, inputs: Any, outputs: Any, *rest: Any) -> Any:
            forward = None
            for value in outputs or ():
                forward = forward or self._made.get(_key(value))
            if forward is None:
                takers = [self._takers.get((op_name, _key(value))) for value in inputs or ()]
                forward = min(filter(None, takers), key=lambda op: op.index, default=None)
            self._forward.append(forward)
            try:
                found = original(op_name, attrs, count, inputs, outputs, *rest)
                strict = _STRICT.get(op_name) if self._strict else None
                incoming = rest[0] if rest else None
                if strict is not None and outputs and incoming and incoming[0] is not None:
                    found = [strict(inputs, outputs[0], incoming[0])]
                return found
            finally:
                self._forward.pop()

        return gradient

    def kept(self, keys: Sequence[int]) -> list[Any]:
        """The tensors of these keys that are still held, in order."""
        held = self._held()
        return [held[key] for key in keys if key in held]

    def _held(self) -> dict[int, Any]:
        return {_key(tensor): tensor for tensor in self._kept}

    # -- reading -----------------------------------------------------------------------------

    def births_of(self, tensors: Sequence[Any]) -> list[_Op]:
        """The births whose bad numbers reach one of these tensors, in the order of execution.

        Where there is none, only infinite constants go in (a mask of -inf): then it is the operations
        that make NaN of them.
        """
        reached = self._reaching(tensors)
        births = [op for op in reached if op.birth]
        if all(map(_reads_variable, births)) and self._assigned:
            earlier = [op for op in self._reaching(tensors, stored=True) if op.birth and not _reads_variable(op)]
            for op in earlier:
                op.updating = True
            births = [*earlier, *births]
        return births or [op for op in reached if op.bad == 2 and op.bad_inputs == 1]

    def given(self, tensors: Sequence[Any]) -> list[Any]:
        """Tensors with NaN that reach one of these and that no operation of the step has made: it was called with them."""
        keys = {key for op in self._reaching(tensors) for key in op.inputs if self._bad.get(key) == 2}
        return self.kept(sorted(key for key in keys if key not in self._made and key not in self.leaves))

    def spares_gradients(self, births: Sequence[_Op]) -> bool:
        """Whether what went wrong here is no matter of the weights: a constant was infinite, or they have no part in it."""
        followed = {op.forward.index for op in self.ops if op.forward is not None}
        return all(not op.birth or op.index not in followed for op in births)

    def entered(self, born: _Op) -> Site | None:
        """The user's line where the number came in that this operation made NaN of; its own where it made it itself."""
        first = born
        while not first.birth:
            makers = [self._made.get(key) for key in first.inputs if self._bad.get(key)]
            maker = next((made for made in makers if made is not None), None)
            if maker is None:
                break
            first = maker
        return None if first.site is None else dataclasses.replace(first.site, op=first.kind)

    def late_mask(self) -> LateMask | None:
        """Where the user's code first computes with entries of the data that are not finite, if a mask is to leave them out.

        That is a factor which is 0 wherever the other one is not finite, and makes NaN of them; None where there is no such.
        """
        held = self._held()
        for op in self.ops:
            if op.kind == "Mul" and op.bad and op.forward is None and op.site is not None and len(op.inputs) == 2:
                for mask, other in (op.inputs, op.inputs[::-1]):
                    if not self._bad.get(mask) and self._bad.get(other) and _leaves_out(held[mask], held[other]):
                        return self._enters(other)
        return None

    def _enters(self, key: int) -> LateMask | None:
        """The user's operation by which what is not finite in a tensor comes in from the data."""
        made = self._made.get(key)
        while made is not None:
            bad = [each for each in made.inputs if self._bad.get(each)]
            makers = [self._made[each] for each in bad if each in self._made]
            if not makers:
                if made.site is None or made.builtin or not bad:
                    return None
                return LateMask(made.kind, made.inputs.index(bad[0]), dataclasses.replace(made.site, op=made.kind))
            made = makers[0]
        return None

    def assigned(self, variables: Sequence[Any]) -> list[Any]:
        """The bad values that were assigned to one of these variables."""
        handles = {_key(handle) for handle in map(_handle, variables) if handle is not None}
        return [value for handle, value in self._assigned if handle in handles]

    def bad_leaves(self, tensors: Sequence[Any]) -> list[tuple[str, int]]:
        """Bad input tensors of the step that reach one of these tensors."""
        found: list[tuple[str, int]] = []
        self._reaching(tensors, found)
        return found

    def _reaching(
        self, tensors: Sequence[Any], leaves: list[tuple[str, int]] | None = None, *, stored: bool = False
    ) -> list[_Op]:
        """The operations with a bad result that reaches one of these tensors, in the order of execution.

        With `stored` also by way of variables that they were assigned to before.

        NaN is followed to NaN where an argument holds it: an Inf beside it may well be a mask's.
        """
        found: dict[int, _Op] = {}
        todo = [_key(tensor) for tensor in tensors if self._bad.get(_key(tensor), _badness(tensor))]
        seen = set(todo)
        while todo:
            key = todo.pop()
            if key in self.leaves:
                if leaves is not None:
                    leaves.append(self.leaves[key])
                continue
            op = self._made.get(key)
            if stored and (op is None or _reads_variable(op)):
                todo += [source for source in self._assigned_like(key) if source not in seen]
                seen.update(todo)
            if op is None:
                continue
            found[op.index] = op
            least = 2 if op.bad_inputs == 2 and op.bad == 2 else 1
            for source in op.inputs:
                if self._bad.get(source, 0) >= least and source not in seen:
                    seen.add(source)
                    todo.append(source)
        return [found[index] for index in sorted(found)]

    def alike(self, born: _Op) -> tuple[Site, ...]:
        """The user's other lines of the same layer or loss that take a bare logarithm of a share, as this one does.

        A share is a number from 0 to 1; bare means that nothing was added to it and that it was not bounded.
        """
        if not self._bare_log_of_share(born):
            return ()
        same = [op for op in self.ops if op.layer is born.layer and op.in_loss == born.in_loss and op is not born]
        sites = [op.site for op in same if self._bare_log_of_share(op)]
        return tuple(
            dict.fromkeys(
                site for site in sites if site and born.site and site.file == born.site.file and site != born.site
            )
        )

    def fed_by(self, born: _Op) -> Any:
        """The layer whose output an operation takes as it is, or a part of it; None where something was done to it.

        A number that is added (an epsilon), or that it is taken from, counts for nothing.
        """
        if not born.inputs:
            return None
        held = self._held()
        key, _ = self._unshifted(born.inputs[0])
        low = _range(held[key])[0] if key in held else born.low
        while (made := self._made.get(key)) is not None:
            if made.kind not in _PARTS:
                return None if made.layer is born.layer else made.layer
            fitting = [each for each in made.inputs if each in held and _range(held[each])[0] == low]
            key = fitting[0] if fitting else made.inputs[0]
        return None

    def is_share(self, born: _Op) -> bool:
        """Whether a logarithm is taken of one number and, in the same step, of 1 less that number, as of a probability."""
        if born.kind != "Log" or not born.inputs:
            return False
        key, turned = self._unshifted(born.inputs[0])
        logarithms = [op.inputs[0] for op in self.ops if op.kind == "Log" and op.forward is None and op.inputs]
        return (key, not turned) in map(self._unshifted, logarithms)

    def _unshifted(self, key: int) -> tuple[int, bool]:
        """What a tensor was before single numbers were added to it, or it was taken from one; and whether it was."""
        turned = False
        while (made := self._made.get(key)) is not None and made.kind in ("AddV2", "Sub") and made.forward is None:
            numbers = [each not in self._made and self._seen_first[each][1].rank == 0 for each in made.inputs]
            if numbers.count(True) != 1:
                break
            turned ^= made.kind == "Sub" and numbers[0]
            key = made.inputs[numbers.index(False)]
        return key, turned

    def root_under(self, born: _Op) -> Site | None:
        """The user's line that takes the root which a division divides by; None where it divides by something else."""
        made = self._made.get(born.inputs[1]) if born.kind in operations.DIVISIONS and len(born.inputs) > 1 else None
        while made is not None and made.kind in _PARTS and made.inputs:
            made = self._made.get(made.inputs[0])
        return made.site if made is not None and made.kind == "Sqrt" and not made.builtin else None

    def zeros_under(self, born: _Op) -> list[Any]:
        """Variables that are trained and hold nothing but 0, of which an operation is taken that is singular there.

        All that the user's line meets, in other layers of the kind, too; under signs, squares and roots likewise.
        """
        row = operations.known(born.kind)
        if row.near != "zero" or born.builtin or born.site is None:
            return []
        trained = [variable for _, variable in self.gradients if not seams.numpy_value(variable).any()]
        same = [op for op in self.ops if (op.kind, op.site, op.forward) == (born.kind, born.site, None)]
        held, found = self._held(), dict[int, Any]()
        for op in same:
            key = self._before(op.inputs[row.argument], _PARTS | _KEEPING_ZERO)
            own = {id(each) for each in getattr(op.layer, "trainable_variables", trained)}
            read = (each for each in trained if id(each) in own and self._was_read(key) and key in held)
            found |= {id(each): each for each in read if _is_value_of(each, held[key])}
        return list(found.values())

    def _bare_log_of_share(self, op: _Op) -> bool:
        if op.kind != "Log" or op.forward is not None or op.builtin or op.low is None or op.high is None:
            return False
        made = self._made.get(op.inputs[0])
        bounded = made is None or made.kind in _BOUNDING
        return not bounded and op.low >= 0.0 and op.high <= 1.0

    def _assigned_like(self, key: int) -> list[int]:
        """The bad values assigned, before it was first seen, to variables of this value's shape.

        An eager read of a variable is no operation, so the shape is all that connects the two.
        """
        index, shape = self._seen_first.get(key, (0, None))
        pairs = zip(self._assigned, self._assigners, strict=True)
        return [_key(value) for (_, value), assigner in pairs if assigner < index and value.shape == shape]

    def layers_said(self) -> dict[int, Any]:
        """What the last operation of each layer gave in the forward pass, by the layer's id."""
        return {id(layer): given for layer, given in self.given_by(object)}

    def given_by(self, kind: type) -> list[tuple[Any, Any]]:
        """The layers of a class that were called in the forward pass, each with what its last operation gave."""
        held = self._held()
        made = {
            id(op.layer): (op.layer, held[op.outputs[0]])
            for op in self.ops
            if op.layer is not None and isinstance(op.layer, kind)
            and op.forward is None and not op.updating and op.outputs
        }  # fmt: skip
        return list(made.values())

    def taken_by(self, kind: Any) -> Iterator[tuple[Any, list[Any]]]:
        """The layers of one class, or of several, each with the tensors that its first operation takes."""
        held, known = self._held(), set[int]()
        for op in self.ops:
            if op.forward is None and not op.updating and isinstance(op.layer, kind) and id(op.layer) not in known:
                known.add(id(op.layer))
                yield op.layer, [held[key] for key in op.inputs if key in held]

    def units(self) -> list[Unit]:
        """The activations that the user's own code calls, in the order of the forward pass."""
        held, weighed = self._held(), self._weighed()
        return [
            Unit(op.kind, op.site, held[op.outputs[0]], max((each for each in weighed if each < op.index), default=-1))
            for op in self.ops
            if op.kind in operations.ACTIVATIONS and op.forward is None and op.layer is None and op.site is not None
        ]

    def weights(self) -> dict[int, tuple[Any, Any]]:
        """By the numbers of the forward pass's products, the trained matrix that is one of their factors, and its gradient.

        Not every eager read of a variable is an operation: it is the matrix whose values the factor has.
        """
        trained = [(variable, gradient) for gradient, variable in self.gradients if len(variable.shape) >= 2]
        found = {}
        for index, factors in self._weighed().items():
            read = (each for each in trained if any(_is_value_of(each[0], factor) for factor in factors))
            matrix = next(read, None)
            if matrix is not None:
                found[index] = matrix
        return found

    def _weighed(self) -> dict[int, list[Any]]:
        """The forward pass's products: their numbers, and those of their factors that were read, not made."""
        held = self._held()
        return {
            op.index: [held[key] for key in map(self._before, op.inputs) if self._was_read(key) and key in held]
            for op in self.ops
            if op.forward is None and op.kind in operations.OF_WEIGHTS and not op.updating
        }

    def _was_read(self, key: int) -> bool:
        made = self._made.get(key)
        return made is None or _reads_variable(made)

    def _before(self, key: int, kinds: Container[str] = _PARTS) -> int:
        """What a tensor was before it was brought into another shape, or was what these operations make of it."""
        while (made := self._made.get(key)) is not None and made.inputs and made.kind in kinds:
            key = made.inputs[0]
        return key

    def called(self) -> list[Called]:
        """The activations that code of the user's calls in the forward pass, each line once.

        Those of a loss are none of the model's.
        """
        held, found = self._held(), dict[tuple[str, Site], Called]()
        forward = [op for op in self.ops if op.forward is None and not op.updating]
        last = max((op.index for op in forward if op.kind in operations.OF_WEIGHTS), default=-1)
        factors = {
            key
            for op in forward
            if op.kind == "Mul"
            for key in op.inputs
            if all(each in self._made for each in op.inputs)
        }
        for op in forward:
            if op.kind in operations.ACTIVATIONS and op.site is not None and not (op.builtin or op.in_loss):
                if (op.kind, op.site) in found:
                    continue
                recurrent = hasattr(op.layer, "state_size") or self._comes_again(op, forward)
                made = Called(
                    op.kind, op.site, held[op.outputs[0]], op.index > last, recurrent, op.outputs[0] in factors
                )
                found[op.kind, op.site] = made
        return list(found.values())

    def _comes_again(self, first: _Op, forward: Sequence[_Op]) -> bool:
        """Whether what an activation gave is fed to it again through the same weights, as in a loop over time steps."""
        again = next(
            (op for op in forward if op.index > first.index and (op.kind, op.site) == (first.kind, first.site)), None
        )
        if again is None or first.outputs[0] not in self._made_of(again.inputs[0]):
            return False
        products = [op for op in forward if op.kind in operations.OF_WEIGHTS]
        before = [next((op for op in reversed(products) if op.index < each.index), None) for each in (first, again)]
        if None in before:
            return False
        one, other = before
        assert one is not None and other is not None
        if one.layer is not None and one.layer is other.layer and one.builtin:
            return True
        weighed = self._weighed()
        return any(np.array_equal(a, b) for a in weighed[one.index] for b in weighed[other.index])

    def in_logarithms(self, born: _Op) -> bool:
        """Whether an operation lies in a formula of exponentials or shares that ends in a logarithm, or in a quotient."""
        chains: dict[int, set[int]] = {}  # of a tensor, the operations between it and its exponentials
        for op in self.ops:
            if op.forward is not None:
                continue
            behind = set().union(*(chains.get(key, ()) for key in op.inputs))
            share = op.kind == "Sub" and len(op.inputs) > 1 and self._is_made_by(op.inputs[1], "Sigmoid")
            if op.kind in operations.USES_OF_LOGARITHMS and behind and born.index in behind | {op.index}:
                return True
            if op.kind in operations.EXPONENTIALS or (
                behind
                and (
                    share or op.kind in operations.LOGARITHM_GOES_ON | operations.USES_OF_LOGARITHMS - {"Log", "Log1p"}
                )
            ):
                for key in op.outputs:
                    chains[key] = behind | {op.index}
        return False

    def _is_made_by(self, key: int, kind: str) -> bool:
        made = self._made.get(key)
        return made is not None and made.kind == kind

    def loss_line(self) -> Site | None:
        """The user's line that computes the loss; None where it is not known."""
        made = next((self._made.get(_key(loss)) for loss in self.loss), None)
        return None if made is None else made.site

    def crossing(self) -> Crossing | None:
        """The user's first operation in which a column meets a flat array of as many rows; None where there is none.

        What meets its own flat form is a comparison of all pairs that was meant.
        """
        paired = [op for op in self.ops if op.kind in operations.PAIRED and op.forward is None and len(op.inputs) == 2]
        for op in paired:
            if op.site is None or op.site.line is None:
                continue
            first, second = (list(self._seen_first[key][1]) for key in op.inputs)
            tall, flat = (first, second) if len(first) == 2 else (second, first)
            if len(tall) == 2 and len(flat) == 1 and tall[1] == 1 and tall[0] == flat[0] >= 2 and not self._akin(op):
                return Crossing(op.kind, int(flat[0]), int(tall is second), op.site)
        return None

    def mixed_up(self) -> Crossing | None:
        """The user's first operation by whose shapes the wrong rows meet; None where there is none."""
        return self.poured() or self.set_against_itself() or self.crossing()

    def set_against_itself(self) -> Crossing | None:
        """The first operation in which a flat array meets its own transpose: to transpose what is flat does nothing."""
        kinds = operations.PAIRED | {"Equal", "NotEqual"}
        for op in self.ops:
            if op.kind not in kinds or op.forward is not None or op.site is None or len(op.inputs) != 2:
                continue
            shapes = [self._seen_first[key][1] for key in op.inputs]
            if any(shape.rank != 1 or shape[0] < 2 for shape in shapes) or shapes[0] != shapes[1]:
                continue
            turned = [self._made.get(self._before(key, _PARTS)) for key in op.inputs]
            first, second = (made if made is not None and made.kind == "Transpose" else None for made in turned)
            made = second or first
            if made is None or made.builtin or (first is not None and second is not None):
                continue
            other = op.inputs[0] if made is second else op.inputs[1]
            if self._before(made.inputs[0]) == self._before(other):
                return Crossing(op.kind, int(shapes[0][0]), int(made is first), op.site, "transposed")
        return None

    def poured(self) -> Crossing | None:
        """The first sum or mean over all rows of what is picked of each, where that one number meets a flat array of rows."""
        held = self._held()
        for op in self.ops:
            if op.kind not in operations.POURED or op.forward is not None or op.builtin or op.site is None:
                continue
            entries, result = self._seen_first[op.inputs[0]][1], self._seen_first[op.outputs[0]][1]
            if result.rank != 0 or entries.rank != 2 or min(entries) < 2 or not self._picks(op.inputs[0], held):
                continue
            if self._meets_rows(op, int(entries[0])):
                return Crossing(op.kind, int(entries[0]), 0, op.site, "poured")
        return None

    def _picks(self, key: int, held: Mapping[int, Any]) -> bool:
        """Whether a matrix is a product with a one-hot one: a single entry is left of each row."""
        made = self._made.get(key)
        if made is None or made.kind != "Mul":
            return False
        shape = self._seen_first[key][1]
        factors = (
            np.asarray(held[each]) for each in made.inputs if each in held and self._seen_first[each][1] == shape
        )
        return any(bool(np.isin(each, (0, 1)).all() and (each.sum(axis=1) == 1).all()) for each in factors)

    def _meets_rows(self, poured: _Op, rows: int) -> bool:
        """Whether a number meets a flat array of so many rows, as one that is taken from them or a factor of them."""
        numbers = set(poured.outputs)
        for op in self.ops[poured.index + 1 :]:
            if op.forward is not None or op.updating or not numbers & set(op.inputs):
                continue
            shapes = [self._seen_first[key][1] for key in op.inputs]
            if op.kind in operations.COMPARES and any(shape.rank == 1 and shape[0] == rows for shape in shapes):
                return True
            if all(self._seen_first[key][1].rank == 0 for key in op.outputs):
                numbers.update(op.outputs)
        return False

    def compared(self, answer: Any) -> tuple[str, Any] | None:
        """The loss in Keras that a step takes of numbers it was given, and these numbers, of one batch.

        That is where its only error is taken: the difference of an answer from what came as it is, row by row. None where there
        is no such, or several.

        Args:
            answer: What a model has answered in this step, or one of several times.
        """
        found: dict[Site, tuple[str, Any]] = {}
        held = self._held()
        for op in self.ops:
            if op.kind not in ("Sub", "SquaredDifference") or op.forward is not None or op.updating or op.site is None:
                continue
            shapes = [self._seen_first[key][1] for key in op.inputs]
            if len(shapes) != 2 or not shapes[0].rank or shapes[0][0] < 2 or shapes[0] != shapes[1]:
                continue
            if op.site in found or (error := self._error(op, held)) is None:
                continue
            for said, target in (op.inputs, op.inputs[::-1]):
                if self._came(target) and _key(answer) in self._made_of(said):
                    found.setdefault(op.site, (error, held[target]))
        return next(iter(found.values())) if len(found) == 1 else None

    def _error(self, difference: _Op, held: Mapping[int, Any]) -> str | None:
        """The loss in Keras that a difference is the error of."""
        (key,) = difference.outputs
        takers = {kind: self._takers.get((kind, key)) for kind in ("Square", "Abs", "Mul", "Pow")}
        power, product = takers["Pow"], takers["Mul"]
        squared = (
            difference.kind == "SquaredDifference" or takers["Square"] is not None
            or (product is not None and set(product.inputs) == {key})
            or (power is not None and bool(np.all(np.equal(held[power.inputs[1]], 2.0))))
        )  # fmt: skip
        if squared:
            return "mean_squared_error"
        return None if takers["Abs"] is None else "mean_absolute_error"

    def _came(self, key: int) -> bool:
        """Whether a tensor is a part of the data as they came."""
        made = self._made.get(self._before(key))
        return made is None or made.kind.startswith(("Iterator", "Optional"))

    def emptied(self) -> Site | None:
        """The user's first comparison that is true nowhere, of a step whose gradients are all zero; None where there is none.

        A mask that lets nothing through (255 where 1 is looked for) leaves a loss that no weight has a part in.
        """
        if not self._only_zeros():
            return None
        held = self._held()
        for op in self.ops:
            if op.kind in operations.COMPARISONS and op.forward is None and op.site is not None and not op.builtin:
                flags = held[op.outputs[0]]
                if flags.shape.num_elements() > 1 and not bool(tf.reduce_any(flags)):
                    return dataclasses.replace(op.site, op=op.kind)
        return None

    def stepped(self) -> Site | None:
        """The user's first operation that has no slope anywhere and takes what is trained, where all gradients are zero."""
        if not self._only_zeros():
            return None
        held = self._held()
        trained = [variable for _, variable in self.gradients]
        read = {
            key
            for key, value in held.items()
            if self._was_read(key) and any(_is_value_of(each, value) for each in trained)
        }
        for op in self.ops:
            if op.kind not in operations.STEPS or op.forward is not None or op.site is None or op.builtin:
                continue
            if read & self._made_of(op.inputs[0]):
                return dataclasses.replace(op.site, op=op.kind)
        return None

    def _only_zeros(self) -> bool:
        """Whether there are gradients, and all of them are exactly zero."""
        known = [_dense(gradient) for gradient, _ in self.gradients if gradient is not None]
        return bool(known) and not any(bool(tf.reduce_any(gradient != 0)) for gradient in known)

    def lone_share(self) -> LoneShare | None:
        """The first softmax along an axis of one entry; None where there is none."""
        for op in self.ops:
            if op.kind in ("Softmax", "LogSoftmax") and op.forward is None and op.site is not None and op.inputs:
                shape = tuple(map(int, self._seen_first[op.inputs[0]][1]))
                if shape[-1:] == (1,) and len(shape) > 1 and shape[0] > 1:
                    return LoneShare(op.kind, shape, dataclasses.replace(op.site, op=op.kind))
        return None

    def _akin(self, op: _Op) -> bool:
        """Whether one argument of an operation is made of the other."""
        first, second = op.inputs
        return first in self._made_of(second) or second in self._made_of(first)

    def weighs_both_ways(self) -> bool:
        """Whether the loss weighs log-likelihoods of what was chosen by numbers of both signs that were given: advantages.

        Such a loss has no floor and no aim of its own: it is the slope that counts (R. J. Williams, 1992).
        """
        held = self._held()
        last = set().union(*(self._made_of(_key(loss)) for loss in self.loss))
        for op in self.ops:
            if op.kind != "Mul" or op.forward is not None or op.updating or not last & set(op.outputs):
                continue
            shapes = [self._seen_first[key][1] for key in op.inputs]
            if (
                shapes[0] != shapes[1]
                or not shapes[0].rank
                or shapes[0].num_elements() != shapes[0][0]
                or shapes[0][0] < 2
            ):
                continue
            for said, given in (op.inputs, op.inputs[::-1]):
                if said in held and given in held and self._came(given) and not self._came(said):
                    likelihoods, weights = np.asarray(held[said]), np.asarray(held[given])
                    one_sided = bool((likelihoods <= 0).all() or (likelihoods >= 0).all())
                    if one_sided and weights.min() < 0 < weights.max():
                        return True
        return False

    def _made_of(self, key: int) -> set[int]:
        """What a tensor is made of, itself among it."""
        found, todo = {key}, [key]
        while todo:
            made = self._made.get(todo.pop())
            new = set(made.inputs if made is not None else ()) - found
            found |= new
            todo += new
        return found

    @property
    def draws(self) -> bool:
        """Whether the step draws random numbers, so that another replay may go another way."""
        return any("Random" in op.kind or op.kind in ("Multinomial", "TruncatedNormal") for op in self.ops)

    def reads_others(self, trained: Sequence[Any]) -> bool:
        """Whether the step reads matrices besides those that it trains: a teacher's, or a target network's."""
        own = {_key(_handle(variable)) for variable in trained}
        reads = [op for op in self.ops if _reads_variable(op) and op.inputs and op.inputs[0] not in own]
        return any(len(shape) >= 2 for op in reads for key in op.outputs for shape in [self._seen_first[key][1]])

    @property
    def acts(self) -> bool:
        """Whether the step draws from its own outputs: what it is then rewarded for is no pair that was given."""
        return any("Multinomial" in op.kind or "Categorical" in op.kind for op in self.ops)

    @property
    def largest(self) -> float:
        return self._largest


_BOUNDING = frozenset({"AddV2", "Add", "Maximum", "ClipByValue"})


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


def _leaves_out(mask: Any, other: Any) -> bool:
    """Whether a factor is 0 wherever the other one is not finite."""
    kept, known = np.broadcast_arrays(np.asarray(mask) != 0, np.isfinite(np.asarray(other)))
    return bool(np.all(known | ~kept))


def _is_value_of(variable: Any, tensor: Any) -> bool:
    return tuple(tensor.shape) == tuple(variable.shape) and bool(np.array_equal(tensor, seams.numpy_value(variable)))


def _key(tensor: Any) -> int:
    identity = getattr(tensor, "_id", None)
    return id(tensor) if identity is None else int(identity)


def _handle(variable: Any) -> Any:
    return getattr(seams.native(variable), "handle", None)


def _badness(tensor: Any) -> int:
    """0 where all entries are finite, 2 where one is NaN, else 1."""
    if not isinstance(tensor, tf.__internal__.EagerTensor):
        return 0
    if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
        return 0
    value = _array(tensor)
    return 0 if np.isfinite(value).all() else 2 if np.isnan(value).any() else 1


def _of_nothing(tensor: Any) -> bool:
    """Whether an entry is the least number there is: a maximum over nothing but NaN (TensorFlow's pooling skips these)."""
    return bool(tensor.dtype.is_floating and tensor.shape.num_elements() and _array(tensor).min() == tensor.dtype.min)


def _holds_nan(variable: Any) -> bool:
    native = seams.native(variable)
    return bool(native.dtype.is_floating) and _badness(tf.convert_to_tensor(native)) == 2


def _is_bad(tensor: Any) -> bool:
    return _badness(tensor) > 0


def _sqrt_gradient(inputs: Any, root: Any, incoming: Any) -> Any:
    return incoming * tf.cast(0.5, root.dtype) / root


def _rsqrt_gradient(inputs: Any, root: Any, incoming: Any) -> Any:
    return incoming * tf.cast(-0.5, root.dtype) * (root * root * root)


def _reciprocal_gradient(inputs: Any, inverse: Any, incoming: Any) -> Any:
    return -incoming * inverse * inverse


_STRICT = {  # as XLA has them
    "Sqrt": _sqrt_gradient,
    "Rsqrt": _rsqrt_gradient,
    "Reciprocal": _reciprocal_gradient,
    "Inv": _reciprocal_gradient,
}


def _array(tensor: Any) -> np.ndarray[Any, Any]:
    value: np.ndarray[Any, Any] = tensor.numpy()
    return value if value.dtype.kind in "fc" and value.dtype.itemsize > 2 else value.astype(np.float32)


def _range(tensor: Any) -> tuple[float | None, float | None]:
    if tensor is None or not tensor.dtype.is_floating:
        return None, None
    value = _array(tensor)
    value = value[np.isfinite(value)]
    return (float(value.min()), float(value.max())) if value.size else (None, None)


def _least_divisor(divisor: Any, quotient: Any) -> float | None:
    """The least magnitude of the divisors other than 0, where something other than 0 was divided by 0."""
    if not divisor.dtype.is_floating or not np.isinf(_array(quotient)).any():
        return None
    sizes = np.abs(_array(divisor))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    return float(sizes.min()) if sizes.size else None


def _magnitude(tensor: Any) -> float:
    if not (tensor.dtype.is_floating) or tensor.shape.num_elements() == 0:
        return 0.0
    return float(np.abs(_array(tensor)).max())


def _bad_rows(outputs: Sequence[Any]) -> tuple[int, ...]:
    for value in outputs:
        if value.dtype.is_floating and value.shape.rank:
            bad = ~np.isfinite(_array(value)).reshape(value.shape[0], -1).all(axis=1) if value.shape[0] else np.zeros(0)
            if bad.any():
                return tuple(int(row) for row in np.flatnonzero(bad)[:20])
    return ()


def _place() -> tuple[Site | None, Any, bool, bool]:
    """The user's line, the layer or loss at work, whether that one is built in, and whether it is the loss."""
    called = layers_called.stack()
    owner = called[-1] if called else None
    in_loss = any(isinstance(one, seams.Loss) for one in called)
    for frame in frames.outward(sys._getframe(2)):
        filename = frame.f_code.co_filename
        if frame.f_code is _CALL_CODE and owner is not None and frame.f_locals.get("self") is owner:
            # the call of a layer or loss was reached before any line of the user's: it is a built-in one
            return _beyond(frame), owner, True, in_loss
        if frames.is_user_file(filename):
            return frames.line_site(filename, frame.f_lineno), owner, False, in_loss
    return None, owner, owner is not None, in_loss


def _beyond(frame: Any) -> Site | None:
    for outer in frames.outward(frame.f_back):
        if frames.is_user_file(outer.f_code.co_filename):
            return frames.line_site(outer.f_code.co_filename, outer.f_lineno)
    return None


_CALL_CODE = layers_called._following(lambda self: None).__code__


_tapes: list[tf.GradientTape] = []


def replays_tape() -> tf.GradientTape | None:
    """What stands for a graph in the replay that is under way, if anything does."""
    return _tapes[-1] if _tapes else None


@contextlib.contextmanager
def taped() -> Iterator[None]:
    """Within, a replay can be asked for the gradients that its step asks its graph for."""
    with tf.GradientTape(persistent=True) as tape:
        _tapes.append(tape)
        try:
            yield
        finally:
            _tapes.pop()


def run(step: Callable[[], Any], replay: Replay) -> BaseException | None:
    """Run a step under the replay; returns what it raised, if it raised anything of its own."""
    with (
        layers_called.following(),
        seams.wrapping_gradients(replay.around_gradient),
        seams.watching_ops(replay.on_op),
        silence(),
    ):
        try:
            # of a traced method TensorFlow keeps what AutoGraph has made of it, whose lines are nobody's
            tf.autograph.experimental.do_not_convert(step)()
        except _Stop:
            return None
        except Exception as error:
            replay.error = refused(error)
            return error
    return None


@contextlib.contextmanager
def eagerly() -> Iterator[None]:
    """What happens within is traced by nobody: every operation of a step comes by."""
    with alone():
        before = tf.config.functions_run_eagerly()
        tf.config.run_functions_eagerly(True)
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(before)


def until_stopped(step: Callable[[], Any]) -> None:
    """Run a step up to where somebody calls `stop`."""
    try:
        with silence():
            step()
    except _Stop:
        return


def stop() -> None:
    """Ends a replay: its step has come to its update."""
    raise _Stop


def differentiated(replay: Replay, grads: Sequence[Any], variables: Sequence[Any]) -> None:
    """The gradients of a step are known: a replay ends here, unless only the update can be at fault.

    Args:
        replay: The replay.
        grads: Gradients (tensors, IndexedSlices or None).
        variables: What is updated by them.
    """
    replay.gradients += list(zip(grads, variables, strict=False))
    bad = any(map(_is_bad, replay.loss)) or any(_is_bad(_dense(grad)) for grad in grads if grad is not None)
    if bad or not replay.updates:
        raise _Stop
    if replay.alone:
        raise NextReplica


def updated(
    replay: Replay, optimizer: Any, grads: Sequence[Any], variables: Sequence[Any], update: Callable[[], Any]
) -> Any:
    """Stands around an optimizer's update in a replay.

    Where nothing bad has come up so far the update itself is recorded, and the step goes on: a
    constraint, a slot or a second optimizer may be at fault. Otherwise the replay ends here.
    """
    if replay.updating:  # of an optimizer within a LossScaleOptimizer
        return update()
    differentiated(replay, grads, variables)
    replay.updating = True
    try:
        return layers_called._following(lambda self: update())(optimizer)
    finally:
        replay.updating = False


def refused(error: BaseException) -> Finding | None:
    """Where an operation refused its arguments (labels out of range, on a CPU)."""
    if not isinstance(error, tf.errors.InvalidArgumentError):
        return None
    name = re.search(r"__wrapped__(\w+?)_device_", str(error))
    frame, owner, in_loss, builtin, site = error.__traceback__, None, False, False, None
    while frame is not None:
        code, line = frame.tb_frame.f_code, frame.tb_lineno
        if code is _CALL_CODE:
            owner, builtin = frame.tb_frame.f_locals.get("self"), True
            in_loss = in_loss or isinstance(owner, seams.Loss)
        elif frames.is_user_file(code.co_filename):
            site, builtin = frames.line_site(code.co_filename, line), False
        frame = frame.tb_next
    if owner is None and site is None:
        return None
    op = name.group(1) if name else "InvalidArgument"
    said = re.search(r"\blabel\b.*?\[-?\d+, -?\d+\)", str(error))
    return Finding(
        op=op, born="forward", site=None if site is None else dataclasses.replace(site, op=op), layer=_called(owner),
        layer_kind=None if owner is None else type(owner).__name__, in_loss=in_loss, builtin=builtin,
        layer_site=None if owner is None else created.site_of(owner),
        check=said and f"Received a {said.group(0)}",
    )  # fmt: skip


def finding(replay: Replay, variables: Sequence[Any], weights_bad: Sequence[str]) -> Finding | None:
    """What the replay found; None where nothing bad reached the loss, a gradient or a state."""
    gradients = [_dense(gradient) for gradient, _ in replay.gradients if gradient is not None]
    names = tuple(
        name_of(variable)
        for gradient, variable in replay.gradients
        if gradient is not None and _is_bad(_dense(gradient))
    )
    states = [*variables, *(variable for _, variable in replay.gradients)]
    for born, tensors in (("forward", replay.loss), ("gradient", gradients), ("state", replay.assigned(states))):
        leaves = replay.bad_leaves(tensors)
        births = [op for op in replay.births_of(tensors) if not _reads_variable(op)]
        if leaves:
            name, index = leaves[0]
            bad = [kept for kept in replay._kept if replay.leaves.get(_key(kept)) == leaves[0]][:1]
            return Finding(
                op=name, born="data", rows=_bad_rows(bad), upstream=(str(index),), variables=names,
                check=_checked(name, bad), late_mask=replay.late_mask(),
            )  # fmt: skip
        reads = [op for op in replay.births_of(tensors) if _reads_variable(op)]
        if reads and births and births[0].index < reads[0].index:
            reads = []  # it was the step itself that spoilt the variable
        if reads or (weights_bad and not births and tensors is replay.loss and any(map(_is_bad, tensors))):
            return Finding(op="Variable", born="update", variables=tuple(weights_bad) or names)
        given = () if births or reads or weights_bad else replay.given(tensors)
        if given and not any(map(_holds_nan, states)):
            return Finding(
                op="Input", born="data", rows=_bad_rows(given), variables=names, check=_checked("Input", given),
                late_mask=replay.late_mask(),
            )  # fmt: skip
        if births:
            found = _describe(births, replay, names, finite_loss=born == "gradient")
            alone = born == "forward" and gradients and not names and replay.spares_gradients(births)
            return dataclasses.replace(found, value_alone=True, entered=replay.entered(births[0])) if alone else found
    return replay.error


def absorbed(replay: Replay) -> Finding | None:
    """The first operation of the forward pass that gave Inf or NaN, though neither loss nor gradients show it.

    What overflows may vanish again: x / Inf is 0, the same for all rows.
    """
    births = [
        op for op in replay.ops if op.birth and op.forward is None and not op.updating and not _reads_variable(op)
    ]
    return _describe(births[:1], replay, (), finite_loss=False) if births else None


def nearest(replay: Replay) -> Finding | None:
    """The user's operation that comes nearest to where it is singular, if that is within rounding; None where none is.

    A replay does not round as the traced step does: what was the root of -6e-8 there may be that of 0 here, or of 6e-8.
    """
    found = [
        (distance, op)
        for op in replay.ops
        if op.forward is None and op.site is not None and not op.builtin and not op.updating
        and (distance := _from_singular(op)) <= ROUNDING
    ]  # fmt: skip
    if not found:
        return None
    closest = min(found, key=lambda each: each[0])[1]
    return dataclasses.replace(_describe([closest], replay, (), finite_loss=True), masked=False)


def _from_singular(op: _Op) -> float:
    """How far the argument of an operation is from where it is singular, in its own size; infinite for other operations."""
    near, low, high = operations.known(op.kind).near, op.low, op.high
    if low is None or high is None or near not in ("zero", "one"):
        return math.inf
    if near == "one":
        return min(abs(1.0 - high), abs(1.0 + low))
    size = max(abs(low), abs(high))
    return 0.0 if low <= 0.0 <= high else min(abs(low), abs(high)) / size if size > 0 else 0.0


def pipeline_site(dataset: Any, batches: int) -> Site | None:
    """The user's line where the first bad element of a pipeline is born.

    That is an operation within the function that a stage maps, where it can be found by calling that
    function eagerly, or else the line that made the stage.

    Args:
        dataset: A tf.data.Dataset.
        batches: How many of its elements to look at, at most.
    """
    for stage in seams.pipeline_chain(dataset):
        try:
            if _has_bad_element(stage, batches if stage is dataset else MOST_ELEMENTS):
                return _born_inside(stage) or created.site_of(stage)
        except (tf.errors.OpError, TypeError):  # a stage that cannot be read on its own
            continue
    return None


MOST_ELEMENTS = 20_000


def _born_inside(stage: Any) -> Site | None:
    """The user's operation within a stage's function that makes a bad number of a finite element."""
    function, parents = seams.pipeline_function(stage), seams.pipeline_chain(stage)[:-1]
    if function is None or not parents:
        return None
    for element in parents[-1].take(MOST_ELEMENTS):
        replay, made = Replay(), list[Any]()
        for number, part in enumerate(tf.nest.flatten(element)):
            replay.leaf("Input", number, part)
        parts = element if isinstance(element, tuple) else (element,)
        if run(functools.partial(_append_result, made, function, parts), replay) is not None:
            return None  # a function that only works in a graph
        births = replay.births_of([part for part in tf.nest.flatten(made) if tf.is_tensor(part)])
        if births:
            site = births[0].site
            return None if site is None else dataclasses.replace(site, op=births[0].kind)
    return None


def _append_result(made: list[Any], function: Callable[..., Any], arguments: Sequence[Any]) -> None:
    made.append(function(*arguments))


def _has_bad_element(dataset: Any, most: int) -> bool:
    for element in dataset.take(most):
        if any(_is_bad(part) for part in tf.nest.flatten(element)):
            return True
    return False


def _describe(births: list[_Op], replay: Replay, names: tuple[str, ...], *, finite_loss: bool) -> Finding:
    first = replay.born = births[0]
    forward = first.forward or first
    # a bad forward value under a finite loss is masked there; it harms through the gradient only
    born = "update" if first.updating else "gradient" if first.forward is not None or finite_loss else "forward"
    owner = forward.layer
    return Finding(
        op=forward.kind,
        born=born,
        site=None if forward.site is None else dataclasses.replace(forward.site, op=forward.kind, layer=_called(owner)),
        layer=_called(owner),
        layer_kind=None if owner is None else type(owner).__name__,
        in_loss=forward.in_loss,
        builtin=forward.builtin,
        layer_site=None if owner is None else created.site_of(owner),
        input_low=forward.low if forward.low is not None else first.low,
        input_high=forward.high if forward.high is not None else first.high,
        least=forward.least,
        largest=first.largest_before,
        rows=() if first.updating else first.rows or forward.rows,
        masked=_masked(forward, replay) if born == "gradient" else False,
        upstream=tuple(dict.fromkeys((op.forward or op).kind for op in births[1:])),
        variables=names,
        others=_others(forward, births[1:]),
        alike=replay.alike(forward) if born == "forward" else (),
        fed_by=_called(replay.fed_by(forward)) if born == "forward" else None,
        of_share=replay.is_share(forward),
        logarithms=replay.in_logarithms(forward),
        root=replay.root_under(forward),
        check=first.check or _checked(first.kind, replay.kept(first.outputs)),
    )


def _checked(kind: str, outputs: Sequence[Any]) -> str | None:
    """What `tf.debugging.check_numerics` says of an operation's floating results; None where it has nothing to say."""
    for value in outputs:
        if value.dtype.is_floating:
            try:
                tf.debugging.check_numerics(value, kind)
            except tf.errors.InvalidArgumentError as error:
                said = re.search(rf"{re.escape(kind)} : Tensor had .*? values?", str(error.message))
                return None if said is None else said.group()
    return None


def _others(first: _Op, births: list[_Op]) -> tuple[Site, ...]:
    """Other user lines where the same operation was born bad."""
    same = [op.forward or op for op in births]
    sites = [op.site for op in same if op.kind == first.kind and not op.builtin and op.site is not None]
    return tuple(dict.fromkeys(site for site in sites if first.site is None or site.line != first.site.line))


def _masked(forward: _Op, replay: Replay) -> bool:
    """Whether the operation's result goes through a select before it gets to the loss."""
    reached = set(forward.outputs)
    for op in replay.ops[forward.index + 1 :]:
        if op.forward is None and reached & set(op.inputs):
            if op.kind in ("Select", "SelectV2"):
                return True
            reached.update(op.outputs)
    return False


def _reads_variable(op: _Op) -> bool:
    return op.kind in ("ReadVariableOp", "ResourceGather")


def _dense(gradient: Any) -> Any:
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def name_of(variable: Any) -> str:
    """What a variable is called: its path in the model where it is one of Keras's."""
    return str(getattr(variable, "path", None) or variable.name)


def _called(owner: Any) -> str | None:
    if owner is None:
        return None
    return str(getattr(owner, "name", type(owner).__name__))


def iter_bad_weights(variables: Sequence[Any]) -> Iterator[str]:
    """Names of the floating variables that hold NaN or Inf."""
    for variable in variables:
        native = seams.native(variable)
        if native.dtype.is_floating and not bool(np.isfinite(_array(tf.convert_to_tensor(native))).all()):
            yield name_of(variable)

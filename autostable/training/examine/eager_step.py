"""A step that finds its rows by itself once more, with other rows: of an eager loop, the block under its tape.

Nothing of an eager step can be called again but its own statements. These are from the `with` of the tape to the call of
its `gradient`; they are run in a namespace of their own, in which the names of its batch stand for other arrays.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import dataclasses
import functools
import linecache
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autostable.training.examine.kept import rows_in
from autostable.training.silence import silence

Array = np.ndarray[Any, Any]
_PLAIN = (np.ndarray, tf.Tensor, dict, list, tuple)  # what gives the same part each time, and nothing else happens
_LEFT_BY = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Break, ast.Continue, ast.Global, ast.Nonlocal)


@dataclasses.dataclass(frozen=True)
class _Block:
    """Statements of a step.

    Attributes:
        code: To be executed.
        reads: Names that they read before they give them a value, in order.
        parts: Of what they read, parts that they take themselves (`x[rows]`), by names of their own, each with the name of
            what it is taken from: rows of a whole table that are not taken count for nothing.
    """

    code: CodeType
    reads: tuple[str, ...]
    parts: Mapping[str, tuple[str, CodeType]]


@dataclasses.dataclass(frozen=True)
class FoundStep:
    """A step of a loop that is not handed its rows but finds them under names of its own, and these rows.

    Attributes:
        names: Of the arrays that share their first axis, the widest first.
        values: These arrays.
    """

    names: tuple[str, ...]
    values: tuple[Any, ...]
    _call: Callable[[Mapping[str, Any]], None]

    def run(self, values: tuple[Any, ...]) -> None:
        """Run it up to its gradient with other arrays of the same names and kinds; nothing is printed."""
        pairs = zip(self.values, values, strict=True)
        alike = [np.asarray(new) if isinstance(old, np.ndarray) else new for old, new in pairs]
        with silence():
            self._call(dict(zip(self.names, alike, strict=True)))


def eager_step(frame: FrameType, tape: Any) -> FoundStep | None:
    """The step whose tape is being asked for gradients; None where its statements cannot be run by themselves.

    Args:
        frame: The user's frame that asks.
        tape: The tape.
    """
    known = {**frame.f_globals, **frame.f_locals}
    block = _block(frame.f_code, frame.f_lineno)
    if block is None or known.get(block[0]) is not tape:
        return None
    if any(not isinstance(known.get(whole), _PLAIN) for whole, _ in block[1].parts.values()):
        return None  # to take a part of an object of the user's may draw random numbers, or read a file
    try:
        known |= {name: eval(code, known) for name, (_, code) in block[1].parts.items()}
    except Exception:  # a part that only the block itself can take
        return None
    read = {name: known.get(name) for name in (*block[1].reads, *block[1].parts)}
    return _found(read, functools.partial(_execute, block[1].code, known))


def _execute(code: CodeType, rest: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    exec(code, {**rest, **given})


def captured_step(function: Any, args: Any, kwargs: Any) -> FoundStep | None:
    """A function that finds its rows in its closure or among its globals: the whole data, as a rule; None if it does not.

    Args:
        function: The user's function, as it was written.
        args: What it is called with.
        kwargs: The same, by name.
    """
    if not isinstance(function, types.FunctionType):
        return None
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    known = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    for name, cell in cells:
        with contextlib.suppress(ValueError):  # not filled yet
            known[name] = cell.cell_contents
    return _found(known, functools.partial(_call_with, function, args, kwargs))


def _call_with(function: types.FunctionType, args: Any, kwargs: Any, given: Mapping[str, Any]) -> None:
    """Call a function with other values under the names in its closure and among its globals."""
    cells = tuple(
        types.CellType(given[name]) if name in given else cell
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    )
    other = types.FunctionType(
        function.__code__, {**function.__globals__, **given}, function.__name__, function.__defaults__, cells
    )
    other.__kwdefaults__ = function.__kwdefaults__
    other(*args, **kwargs)


def _found(known: Mapping[str, Any], call: Callable[[Mapping[str, Any]], None]) -> FoundStep | None:
    """A step with the arrays that share the largest first axis; None where they are fewer than two."""
    sizes = {name: _rows(value) for name, value in known.items()}
    most = max(sizes.values(), default=0)
    names = [name for name, size in sizes.items() if size == most >= 2]
    names.sort(key=lambda name: -int(np.prod(known[name].shape)))
    return FoundStep(tuple(names), tuple(known[name] for name in names), call) if len(names) >= 2 else None


def _rows(value: Any) -> int:
    """Rows of an array that a step may be given; 0 of anything else."""
    if isinstance(value, tf.Variable | keras.Variable) or not isinstance(value, np.ndarray | tf.Tensor):
        return 0
    return rows_in(value)


@functools.lru_cache(maxsize=32)
def _block(code: CodeType, line: int) -> tuple[str, _Block] | None:
    """The name of the tape, and the statements from its `with` to the one on that line, of the code's file."""
    try:
        tree = _parsed(code.co_filename)
    except (SyntaxError, ValueError):
        return None
    for body in _bodies(tree):
        last = next((place for place, each in enumerate(body) if _spans(each, line)), None)
        if last is None:
            continue
        for place in range(last, -1, -1):
            if (name := _tape_of(body[place])) is not None and body[place].lineno >= code.co_firstlineno:
                return _compiled(body[place : last + 1], name, code.co_filename)
    return None


@functools.lru_cache(maxsize=4)
def _parsed(filename: str) -> ast.Module:
    return ast.parse("".join(linecache.getlines(filename)))


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """All lists of statements, the innermost first."""
    found = [
        part for node in ast.walk(tree) for part in (getattr(node, name, None) for name in ("body", "orelse", "finalbody"))
        if isinstance(part, list) and part and isinstance(part[0], ast.stmt)
    ]  # fmt: skip
    return reversed(found)


def _spans(statement: ast.stmt, line: int) -> bool:
    return statement.lineno <= line <= (statement.end_lineno or statement.lineno)


def _tape_of(statement: ast.stmt) -> str | None:
    """The name that a `with` gives a tape."""
    if not isinstance(statement, ast.With):
        return None
    for item in statement.items:
        called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else None
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name == "GradientTape" and isinstance(item.optional_vars, ast.Name):
            return item.optional_vars.id
    return None


def _compiled(body: list[ast.stmt], tape: str, filename: str) -> tuple[str, _Block] | None:
    last = body[-1]
    if isinstance(last, ast.Return) and last.value is not None:  # `return loss, tape.gradient(...)`
        body = [*body[:-1], ast.copy_location(ast.Expr(last.value), last)]
    nodes = [node for statement in body for node in ast.walk(statement)]
    written = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    taken = _Parts(written)
    body = [taken.visit(copy.deepcopy(statement)) for statement in body]
    nodes = [node for statement in body for node in ast.walk(statement)]
    if any(isinstance(node, _LEFT_BY) for node in nodes):
        return None
    used = sorted(
        (node for node in nodes if isinstance(node, ast.Name)), key=lambda node: (node.lineno, node.col_offset)
    )
    written -= {tape}
    reads = tuple(dict.fromkeys(node.id for node in used if isinstance(node.ctx, ast.Load)))
    if any(_is_read_first(name, body) for name in written):
        return None  # what it holds when gradients are asked for is not what the step began with
    code = compile(ast.Module(body=body, type_ignores=[]), filename, "exec")
    reads = tuple(name for name in reads if name not in {*written, tape, *taken.found})
    return tape, _Block(code, reads, taken.found)


class _Parts(ast.NodeTransformer):
    """Puts a name of its own in the place of each part that is taken of something the statements do not write."""

    def __init__(self, written: Collection[str]) -> None:
        self._written = written
        self.found: dict[str, tuple[str, CodeType]] = {}

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        calls = any(isinstance(each, ast.Call | ast.Await | ast.NamedExpr) for each in ast.walk(node))
        whole = node.value
        if not isinstance(whole, ast.Name) or not isinstance(node.ctx, ast.Load) or calls or names & set(self._written):
            return self.generic_visit(node)
        text = ast.unparse(node)
        self.found.setdefault(text, (whole.id, compile(ast.Expression(node), "<part>", "eval")))
        return ast.copy_location(ast.Name(text, ast.Load()), node)


def _is_read_first(name: str, body: list[ast.stmt]) -> bool:
    """Whether a name that statements write is read by an earlier one, or by the one that writes it first."""
    for statement in body:
        inner = statement.body if isinstance(statement, ast.With) else [statement]
        for each in inner:
            own = [node for node in ast.walk(each) if isinstance(node, ast.Name) and node.id == name]
            reads = any(isinstance(node.ctx, ast.Load) for node in own)
            writes = any(isinstance(node.ctx, ast.Store) for node in own)
            if reads:
                return True
            if writes:
                return False
    return False

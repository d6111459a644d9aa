"""Divisions in the text of a script: the one that a line holds, and a syntax tree in which its divisor is guarded. Pure."""

from __future__ import annotations

import ast
import collections
import dataclasses
from collections.abc import Collection, Iterator

FUNCTIONS = ("divide", "true_divide")  # NumPy's, of (dividend, divisor)
# Calls that do nothing but answer, so that one may be written twice: of NumPy, of an array, of Python.
ANSWERS = frozenset({
    "abs", "absolute", "amax", "amin", "astype", "count_nonzero", "expand_dims", "float", "len", "max", "maximum", "mean",
    "median", "min", "minimum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanstd", "nansum", "nanvar", "norm", "percentile",
    "prod", "ptp", "quantile", "reshape", "sqrt", "square", "squeeze", "std", "sum", "to_numpy", "var",
})  # fmt: skip
_PLAIN = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.Constant, ast.BinOp, ast.UnaryOp, ast.keyword, ast.Call,
    ast.operator, ast.unaryop, ast.expr_context,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Divisor:
    """What a division divides by.

    Attributes:
        line: Where the division begins, which is the line that Python names of it.
        start: Line, and column in characters, where the divisor begins.
        end: Where it ends.
        code: It, in one spelling whatever its spaces.
        scope: Line of the function that it is in; 0 on module level.
        twice: It may be written twice: it does nothing but answer, and costs no drawing or reading.
    """

    line: int
    start: tuple[int, int]
    end: tuple[int, int]
    code: str
    scope: int
    twice: bool


def divided_at(text: str, line: int) -> Divisor | None:
    """What the only division that begins on a line divides by; None where there is none, or several.

    Divisions by a number that is written out do not count: it is never 0 by accident.

    Raises:
        SyntaxError: If the text is not Python.
    """
    return _alone(text).get(line)


def alike(text: str, line: int) -> tuple[int, ...]:
    """The lines that divide by the same as this one, in the same function, itself among them; none where it has no divisor.

    Raises:
        SyntaxError: If the text is not Python.
    """
    alone = _alone(text)
    if line not in alone:
        return ()
    found = alone[line]
    return tuple(at for at, each in sorted(alone.items()) if (each.code, each.scope) == (found.code, found.scope))


def guarded(source: str | bytes, lines: Collection[int], name: str) -> ast.Module:
    """The syntax tree of a script in which the divisors of some lines go through a function of this name.

    All else stays where it is, so that tracebacks and warnings name the same lines and columns.

    Raises:
        ValueError: If one of the lines does not hold exactly one division.
        SyntaxError: If the source is not Python.
    """
    tree = ast.parse(source)
    for line in sorted(lines):
        found = [node for node, _ in _divisions(tree) if node.lineno == line]
        if len(found) != 1:
            raise ValueError(f"line {line} holds {len(found)} divisions")
        _put_into(found[0], name)
    return tree


def _put_into(node: ast.BinOp | ast.AugAssign | ast.Call, name: str) -> None:
    divisor = _divisor(node)
    call = ast.Call(ast.copy_location(ast.Name(name, ast.Load()), divisor), [divisor], [])
    ast.copy_location(call, divisor)
    if isinstance(node, ast.BinOp):
        node.right = call
    elif isinstance(node, ast.AugAssign):
        node.value = call
    else:
        node.args[1] = call


def _alone(text: str) -> dict[int, Divisor]:
    """By their lines the divisors that are the only one of theirs."""
    found = list(_divisors(text))
    count = collections.Counter(each.line for each in found)
    return {each.line: each for each in found if count[each.line] == 1}


def _divisors(text: str) -> Iterator[Divisor]:
    lines = text.split("\n")
    for node, scope in _divisions(ast.parse(text)):
        divisor = _divisor(node)
        assert divisor.end_lineno is not None and divisor.end_col_offset is not None
        yield Divisor(
            node.lineno,
            (divisor.lineno, _characters(lines[divisor.lineno - 1], divisor.col_offset)),
            (divisor.end_lineno, _characters(lines[divisor.end_lineno - 1], divisor.end_col_offset)),
            ast.unparse(divisor),
            scope,
            _only_answers(divisor),
        )


def _characters(line: str, column: int) -> int:
    """A column that is counted in bytes, as Python does, in characters."""
    return len(line.encode()[:column].decode())


def _divisions(node: ast.AST, scope: int = 0) -> Iterator[tuple[ast.BinOp | ast.AugAssign | ast.Call, int]]:
    """All divisions by what may be 0, with the line of the function that they are in."""
    for child in ast.iter_child_nodes(node):
        inner = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if _divides(child):
            yield child, scope  # type: ignore[misc]
        yield from _divisions(child, child.lineno if inner else scope)  # type: ignore[attr-defined]


def _divides(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        starred = any(isinstance(each, ast.Starred) for each in node.args[:2])
        return name in FUNCTIONS and len(node.args) >= 2 and not starred and _may_vary(node.args[1])
    return isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and _may_vary(_divisor(node))


def _divisor(node: ast.BinOp | ast.AugAssign | ast.Call) -> ast.expr:
    return (
        node.right if isinstance(node, ast.BinOp) else node.value if isinstance(node, ast.AugAssign) else node.args[1]
    )


def _may_vary(divisor: ast.expr) -> bool:
    numbers = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    return not all(isinstance(each, numbers) for each in ast.walk(divisor))


def _only_answers(node: ast.expr) -> bool:
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    names = (each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "") for each in calls)
    return all(isinstance(each, _PLAIN) for each in ast.walk(node)) and all(name in ANSWERS for name in names)

"""What the text of a file says of single statements: what a target is given, what a loop goes through, what a call is of."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

# What makes data ready for a network: raw numbers are to be scaled here, numbers of classes to count from 0.
CASTS = frozenset({"astype", "cast", "float32"})
HAND_ON = CASTS | {  # functions and methods that give the same numbers
    "array", "asarray", "ascontiguousarray", "constant", "convert_to_tensor", "copy", "expand_dims", "flatten", "numpy",
    "ravel", "reshape", "reset_index", "squeeze", "to_frame", "to_numpy", "tolist",
}  # fmt: skip
_KEEP = frozenset(
    {"drop", "filter", "head", "query", "rename", "sample", "set_index", "sort_index", "sort_values", "tail"}
)
_SPLIT = "train_test_split"


def name_of(called: ast.expr) -> str:
    """The last name of what is called."""
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def parts_of(value: ast.expr) -> Sequence[ast.expr]:
    """The members of a tuple, a list or a dictionary that is written out."""
    if isinstance(value, ast.Tuple | ast.List):
        return value.elts
    return value.values if isinstance(value, ast.Dict) else ()


def spans(node: ast.stmt | ast.expr, line: int) -> bool:
    """Whether a line is one of those that a statement or an expression stands on."""
    return node.lineno <= line <= (node.end_lineno or node.lineno)


class Loop(NamedTuple):
    """A loop, or a comprehension: its target, and what it goes through."""

    node: ast.stmt | ast.expr
    target: ast.expr
    through: ast.expr


def loops_of(nodes: Iterable[ast.AST]) -> Iterator[Loop]:
    """The loops and comprehensions among some nodes."""
    for node in nodes:
        if isinstance(node, ast.For):
            yield Loop(node, node.target, node.iter)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            for each in node.generators:
                yield Loop(node, each.target, each.iter)


def element_of(target: ast.expr, through: ast.expr, name: str) -> tuple[ast.expr, int | None] | None:
    """What a loop goes through to give a name its value, and which part of its elements that is."""
    called = name_of(through.func) if isinstance(through, ast.Call) else ""
    args = through.args if isinstance(through, ast.Call) else []
    members = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    if called == "enumerate" and args:
        return element_of(members[1], args[0], name) if len(members) == 2 else None
    if called in ("tqdm", "iter", "list") and args:
        return element_of(target, args[0], name)
    names = [each.id if isinstance(each, ast.Name) else "" for each in members]
    if name not in names:
        return None
    place = names.index(name)
    if called == "zip" and isinstance(through, ast.Call) and isinstance(through.func, ast.Name) and place < len(args):
        return ast.Tuple([args[place]], ast.Load()), 0
    return through, place if len(names) > 1 else None


def given_to(target: ast.expr, value: ast.expr | None, name: str) -> tuple[ast.expr, int | None] | None:
    """What a target that names something is given, and which part of that, where it is not written out."""
    if value is None:
        return None
    if isinstance(target, ast.Name) and target.id == name:
        return value, None
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name:
        column = isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str)
        return None if column else (value, None)  # rows or entries of an array are written over
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    parts = parts_of(value)
    split = isinstance(value, ast.Call) and name_of(value.func) == _SPLIT
    for place, each in enumerate(target.elts):
        if len(parts) == len(target.elts):
            found = given_to(each, parts[place], name)
        elif split and isinstance(value, ast.Call) and place // 2 < len(value.args):
            found = given_to(each, value.args[place // 2], name)
        else:
            whole = given_to(each, value, name)
            found = None if whole is None else (value, place)
        if found is not None:
            return found
    return None


def keeps(value: ast.expr, name: str) -> bool:
    """Whether a value is rows and columns of what the name held before: nothing in them was computed anew."""
    while isinstance(value, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(value, ast.Call):
            if not isinstance(value.func, ast.Attribute) or value.func.attr not in _KEEP | HAND_ON:
                return False
            value = value.func
        value = value.value
    return isinstance(value, ast.Name) and value.id == name


def results_of(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.expr]]:
    """The statements by which a function gives something, the last one first, and what they give."""
    for node in reversed(list(ast.walk(function))):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node, node.value


def is_data(value: ast.expr) -> bool:
    """Whether a method is one of data, not a function of a module (`np.asarray`)."""
    return not (
        isinstance(value, ast.Name) and value.id in ("np", "numpy", "tf", "tensorflow", "ops", "keras", "pd", "jnp")
    )

"""Where the data that a call is given are made, by the text of the user's file.

Followed is what hands data on as they are (names, rows and columns of a table, functions and helpers of the file that return
them, stages of a pipeline that leave them alone); found is the line that computes or reads them.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

_DEPTH = 24  # hand-overs that are followed
_HAND_ON = frozenset({  # functions and methods that give the same numbers
    "array", "asarray", "ascontiguousarray", "astype", "cast", "constant", "convert_to_tensor", "copy", "expand_dims",
    "flatten", "float32", "numpy", "ravel", "reshape", "reset_index", "squeeze", "to_frame", "to_numpy", "tolist",
})  # fmt: skip
_STAGES = frozenset({  # of a pipeline that give the same elements
    "apply", "batch", "cache", "padded_batch", "prefetch", "repeat", "shard", "shuffle", "skip", "take", "unbatch",
    "with_options",
})  # fmt: skip
_KEEP = frozenset(
    {"drop", "filter", "head", "query", "rename", "sample", "set_index", "sort_index", "sort_values", "tail"}
)
_WINDOWS = frozenset(
    {"timeseries_dataset_from_array", "TimeseriesGenerator"}
)  # take data and targets, and give parts of them
_READERS = frozenset({"decode_raw", "frombuffer", "fromfile", "memmap"})
_SHORT = {  # NumPy's short names of types
    f"{letter}{size}": f"{kind}{8 * size}"
    for letter, kind in (("f", "float"), ("i", "int"), ("u", "uint"))
    for size in (2, 4, 8)
} | {"f": "float32", "d": "float64", "h": "int16", "H": "uint16", "i": "int32", "I": "uint32"}
_SPLIT = "train_test_split"
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


def locate_data(
    source: str, line: int, argument: str, place: int = 0, holds: Callable[[str], bool] | None = None,
    function: str = "fit",
) -> int | None:  # fmt: skip
    """The line that makes what a call of `fit` is given.

    Args:
        source: Text of the file.
        line: Any line of the call, counted from 1.
        argument: "x" or "y".
        place: Of several inputs or targets, which one.
        holds: Whether what a variable of the file holds is as bad as what is looked for: then it is gone back to where
            that was made, be it computed from it or not. None goes back no further than to what computes.
        function: What is called, if it is another method that takes x and y first.

    Returns:
        The line; None where the call itself makes them, where they come from another file, or the text is not Python.
    """
    try:
        file = _read(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = _of_call(file, line, argument, place, function)
    return found if found is None or holds is None else file.back(found, holds, _DEPTH)


def locate_named(
    source: str, line: int, name: str, part: int | None = None, holds: Callable[[str], bool] | None = None
) -> int | None:
    """The line that makes what a name means at a line.

    Args:
        source: Text of the file.
        line: Counted from 1; within the function that the name belongs to.
        name: A variable or a parameter.
        part: Which part of it, where it means several; None: all of it.
        holds: See `locate_data`.

    Returns:
        The line; None where it comes from another file, or the text is not Python.
    """
    try:
        file = _read(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = file.named(name, line, part)
    return found if found is None or holds is None else file.back(found, holds, _DEPTH)


def _of_call(file: _File, line: int, argument: str, place: int, function: str) -> int | None:
    call = next((each for each in file.calls if _name(each.func) == function and _spans(each, line)), None)
    if call is None:
        return None
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    positions = dict(zip(("x", "y"), call.args, strict=False))
    value = given.get(argument, positions.get(argument))
    if value is None and argument == "y":
        return file.of_pair(given.get("x", positions.get("x")), 1, call, _DEPTH)
    if value is None:
        return None
    own = given.get("y", positions.get("y"))
    if argument == "x" and own is None:
        return file.of_pair(value, 0, call, _DEPTH)
    parts = _parts(value)
    value = parts[place] if parts and place < len(parts) else value
    return file.made(value, call, _DEPTH)


def locate_reading(source: str, stored: str) -> tuple[int, str] | None:
    """The only call of a file that reads bytes as numbers of a type, the last byte first: its line, and the function's name.

    Args:
        source: Text of the file.
        stored: NumPy name of the type.

    Returns:
        None where no call does, several do, or the text is not Python.
    """
    try:
        file = _read(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = [call for call in file.calls if _name(call.func) in _READERS and _type_read(call) == stored]
    return (found[0].lineno, _name(found[0].func)) if len(found) == 1 else None


def _type_read(call: ast.Call) -> str:
    """The NumPy name of the type that a call reads bytes as; empty where that is not written there, or first byte first."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if "little_endian" in given:
        return ""
    written = given.get("dtype", given.get("out_type", call.args[1] if len(call.args) > 1 else None))
    if isinstance(written, ast.Call) and _name(written.func) == "dtype" and written.args:
        written = written.args[0]
    name = written.value if isinstance(written, ast.Constant) else _name(written) if written is not None else ""
    short = name.lstrip("<=") if isinstance(name, str) else ""
    return _SHORT.get(short, short)


def _spans(node: ast.expr, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _name(called: ast.expr) -> str:
    """The last name of what is called."""
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _parts(value: ast.expr) -> Sequence[ast.expr]:
    """The members of a tuple, a list or a dictionary that is written out."""
    if isinstance(value, ast.Tuple | ast.List):
        return value.elts
    return value.values if isinstance(value, ast.Dict) else ()


@functools.lru_cache(maxsize=4)
def _read(source: str) -> _File:
    return _File(ast.parse(source))


class _Loop(NamedTuple):
    """A loop, or a comprehension: its target, and what it goes through."""

    node: ast.stmt | ast.expr
    target: ast.expr
    through: ast.expr


def _loops(nodes: Iterable[ast.AST]) -> Iterator[_Loop]:
    for node in nodes:
        if isinstance(node, ast.For):
            yield _Loop(node, node.target, node.iter)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            for each in node.generators:
                yield _Loop(node, each.target, each.iter)


class _File:
    """A file of the user's."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._scopes: dict[ast.AST, Scope] = {}
        self._through: dict[ast.AST, ast.Call] = {}  # functions that are being gone through, by which of their calls
        self._note(tree, tree)
        nodes = list(ast.walk(tree))
        self.calls = [node for node in nodes if isinstance(node, ast.Call)]
        self._functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        self._classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
        bindings = [node for node in nodes if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)]
        self._loops = sorted(_loops(nodes), key=lambda each: -each.node.lineno)  # the innermost first
        self._given_back = [node for node in nodes if isinstance(node, ast.Return | ast.Yield)]
        self._bindings = sorted(bindings, key=lambda each: -each.lineno)  # the last one first

    def _note(self, node: ast.AST, scope: Scope) -> None:
        for child in ast.iter_child_nodes(node):
            self._scopes[child] = scope
            self._note(child, child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope)

    def made(self, value: ast.expr, seen_from: ast.AST, depth: int) -> int | None:
        """The line that makes a value; None where the place that it is seen from does."""
        if not depth:
            return None
        if isinstance(value, ast.Name):
            return self._of_name(value.id, seen_from, depth - 1)
        if isinstance(value, ast.Subscript):
            column = value.slice.value if isinstance(value.slice, ast.Constant) else None
            if isinstance(column, str):
                return self._of_column(value.value, column, seen_from, depth - 1)
            # which columns a table gives is chosen here
            return None if isinstance(value.slice, ast.List) else self.made(value.value, seen_from, depth - 1)
        if isinstance(value, ast.Attribute):
            if value.attr in ("values", "T"):
                return self.made(value.value, seen_from, depth - 1)
            return self._of_column(value.value, value.attr, seen_from, depth - 1)
        if isinstance(value, ast.Call) and _name(value.func) in _HAND_ON:
            method = isinstance(value.func, ast.Attribute) and _is_data(value.func.value)
            inner = (
                value.func.value if method and isinstance(value.func, ast.Attribute) else next(iter(value.args), None)
            )
            return None if inner is None else self.made(inner, seen_from, depth - 1)
        return None

    def of_pair(self, value: ast.expr | None, place: int, seen_from: ast.AST, depth: int) -> int | None:
        """The line that makes one part of what a value gives: a pipeline, a generator, a tuple."""
        if value is None or not depth:
            return None
        if (parts := _parts(value)) and place < len(parts):
            found = self.made(parts[place], seen_from, depth - 1)
            return getattr(value, "lineno", None) if found is None else found
        if isinstance(value, ast.Name):
            bound = self._bound(value.id, seen_from)
            if bound is None:
                return None
            node, given, part = bound
            return None if given is None or part is not None else self.of_pair(given, place, node, depth - 1)
        if not isinstance(value, ast.Call):
            return None
        name = _name(value.func)
        if isinstance(value.func, ast.Attribute) and name in _STAGES:
            return self.of_pair(value.func.value, place, seen_from, depth - 1)
        if name == "map" and isinstance(value.func, ast.Attribute):
            stage = self._of_stage(value.args[0] if value.args else None, place, depth - 1)
            return self.of_pair(value.func.value, place, seen_from, depth - 1) if stage is None else stage
        if name in _WINDOWS:
            keywords = {keyword.arg: keyword.value for keyword in value.keywords}
            wanted = ("data", "targets")[place] if place < 2 else ""
            given = keywords.get(wanted, value.args[place] if place < len(value.args) else None)
            return None if given is None else self.made(given, seen_from, depth - 1)
        if name in ("from_tensor_slices", "from_tensors", "zip", "from_generator") and value.args:
            return self.of_pair(value.args[0], place, seen_from, depth - 1)
        return self._of_result(value, place, depth - 1)

    def named(self, name: str, line: int, part: int | None) -> int | None:
        """The line that makes what a name means at a line, or a part of it."""
        inside = [each for each in self._scopes.values() if isinstance(each, ast.FunctionDef) and _within(each, line)]
        scope = min(inside, key=lambda each: (each.end_lineno or 0) - each.lineno, default=None)
        # of a parameter any statement of its function will do, of a variable one behind its line
        seen_from = next((each for each, where in self._scopes.items() if where is (scope or self._tree)
                          and getattr(each, "lineno", 0) >= line), scope)  # fmt: skip
        if seen_from is None:
            return None
        value = ast.Name(name, ast.Load())
        return self.made(value, seen_from, _DEPTH) if part is None else self.of_pair(value, part, seen_from, _DEPTH)

    def back(self, line: int, holds: Callable[[str], bool], depth: int) -> int:
        """The line to go back to from one whose statement computes with a variable that is as bad as what it makes."""
        node = next((each for each in (*self._bindings, *self._given_back) if each.lineno == line), None)
        if node is None or node.value is None or not depth:
            return line
        own = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        read = [each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)]
        for name in dict.fromkeys(read):
            if holds(name) and (name not in own or _keeps(node.value, name)):
                bound = self._bound(name, node)
                if bound is not None and bound[0] is not node:
                    return self.back(bound[0].lineno, holds, depth - 1)
        return line

    # -- names -------------------------------------------------------------------------------

    def _of_name(self, name: str, seen_from: ast.AST, depth: int) -> int | None:
        looped = self._looped(name, seen_from)
        bound = self._bound(name, seen_from)
        if looped is not None and (bound is None or looped[0].lineno >= bound[0].lineno):
            loop, through, part = looped
            return self.of_pair(through, part or 0, loop, depth)
        if bound is None:
            return self._of_parameter(name, seen_from, depth)
        node, value, place = bound
        if value is None:
            return node.lineno
        found = self.made(value, node, depth) if place is None else self.of_pair(value, place, node, depth)
        return node.lineno if found is None else found

    def _looped(self, name: str, seen_from: ast.AST) -> tuple[ast.stmt | ast.expr, ast.expr, int | None] | None:
        """The innermost loop that gives a name its value, what it goes through, and which part of each element is meant."""
        scope, line = self._scopes.get(seen_from, self._tree), getattr(seen_from, "lineno", 0)
        for loop in self._loops:
            if self._scopes.get(loop.node) is scope and loop.node.lineno <= line <= (loop.node.end_lineno or line):
                found = _element(loop.target, loop.through, name)
                if found is not None:
                    return loop.node, *found
        return None

    def _bound(self, name: str, seen_from: ast.AST) -> tuple[ast.stmt, ast.expr | None, int | None] | None:
        """The last statement before a place that gives a name its value, that value, and which part of it is meant."""
        scope = self._scopes.get(seen_from, self._tree)
        line = getattr(seen_from, "lineno", 0)
        for where in (scope, self._tree):
            inside = [node for node in self._bindings if self._scopes.get(node) is where]
            for node in (node for node in inside if where is not scope or node.lineno < line):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if (given := _given(target, node.value, name)) is not None:
                        return (node, None, None) if isinstance(node, ast.AugAssign) else (node, *given)
        return None

    def _of_parameter(self, name: str, seen_from: ast.AST, depth: int) -> int | None:
        """A parameter of a function that is called in one place, or with parts of the same thing in all."""
        scope = self._scopes.get(seen_from, self._tree)
        if isinstance(scope, ast.Module):
            return None
        names = [each.arg for each in (*scope.args.posonlyargs, *scope.args.args)]
        names = names[1:] if names[:1] == ["self"] else names
        through = self._through.get(scope)
        calls = [call for call in self.calls if _name(call.func) == scope.name] if through is None else [through]
        lines = set()
        for call in calls if name in names else ():
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            value = keywords.get(name, dict(zip(names, call.args, strict=False)).get(name))
            lines.add(None if value is None else self.made(value, call, depth))
        return lines.pop() if len(lines) == 1 else None

    def _of_column(self, table: ast.expr, column: str, seen_from: ast.AST, depth: int) -> int | None:
        """A column of a table: where it was put in, else nothing more than that it was taken out."""
        name = ast.unparse(table)
        line = getattr(seen_from, "lineno", 0)
        for node in self._bindings:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets if node.lineno < line else ():
                if isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
                    if isinstance(target.slice, ast.Constant) and target.slice.value == column:
                        return node.lineno
        return None

    # -- functions and classes ---------------------------------------------------------------

    def _of_result(self, call: ast.Call, place: int, depth: int) -> int | None:
        """One part of what a function of the file returns or yields, or a data object of a class of the file."""
        name = _name(call.func)
        function = self._functions.get(name)
        if name in self._classes:
            members = {each.name: each for each in self._classes[name].body if isinstance(each, ast.FunctionDef)}
            function = members.get("__getitem__")
        if function is None or not depth or function in self._through:
            return None
        self._through[function] = call
        try:
            return self._of_results(function, place, depth)
        finally:
            del self._through[function]

    def _of_results(self, function: ast.FunctionDef, place: int, depth: int) -> int | None:
        for node, value in _results(function):
            if not _parts(value) and isinstance(value, ast.Call):
                return self.of_pair(value, place, node, depth - 1)
            for part in _parts(value)[place : place + 1]:
                found = self.made(part, node, depth - 1)
                return part.lineno if found is None else found
        return None

    def _of_stage(self, function: ast.expr | None, place: int, depth: int) -> int | None:
        """What a stage of a pipeline makes of one part of its elements; None where it leaves it alone."""
        if isinstance(function, ast.Lambda):
            names: Sequence[ast.arg] = function.args.args
            results: Sequence[tuple[ast.AST, ast.expr]] = [(function.body, function.body)]
        elif isinstance(function, ast.Name) and function.id in self._functions:
            written = self._functions[function.id]
            names, results = written.args.args, list(_results(written))
        else:
            return None
        for node, value in results:
            part = next(iter(_parts(value)[place : place + 1]), None)
            if part is None or (
                ast.unparse(part) in {each.arg for each in names} and self._bound_here(node, part) is None
            ):
                continue
            found = self.made(part, node, depth)
            return part.lineno if found is None else found
        return None

    def _bound_here(self, node: ast.AST, value: ast.expr) -> ast.stmt | None:
        """What gives a name another value within the function of a place."""
        bound = self._bound(value.id, node) if isinstance(value, ast.Name) else None
        return bound[0] if bound is not None and self._scopes.get(bound[0]) is self._scopes.get(node) else None


def _keeps(value: ast.expr, name: str) -> bool:
    """Whether a value is rows and columns of what the name held before: nothing in them was computed anew."""
    while isinstance(value, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(value, ast.Call):
            if not isinstance(value.func, ast.Attribute) or value.func.attr not in _KEEP | _HAND_ON:
                return False
            value = value.func
        value = value.value
    return isinstance(value, ast.Name) and value.id == name


def _element(target: ast.expr, through: ast.expr, name: str) -> tuple[ast.expr, int | None] | None:
    """What a loop goes through to give a name its value, and which part of its elements that is."""
    called = _name(through.func) if isinstance(through, ast.Call) else ""
    args = through.args if isinstance(through, ast.Call) else []
    members = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    if called == "enumerate" and args:
        return _element(members[1], args[0], name) if len(members) == 2 else None
    if called in ("tqdm", "iter", "list") and args:
        return _element(target, args[0], name)
    names = [each.id if isinstance(each, ast.Name) else "" for each in members]
    if name not in names:
        return None
    place = names.index(name)
    if called == "zip" and isinstance(through, ast.Call) and isinstance(through.func, ast.Name) and place < len(args):
        return ast.Tuple([args[place]], ast.Load()), 0
    return through, place if len(names) > 1 else None


def _within(function: ast.FunctionDef, line: int) -> bool:
    return function.lineno <= line <= (function.end_lineno or function.lineno)


def _results(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.expr]]:
    """The statements by which a function gives something, the last one first, and what they give."""
    for node in reversed(list(ast.walk(function))):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node, node.value


def _is_data(value: ast.expr) -> bool:
    """Whether a method is one of data, not a function of a module (`np.asarray`)."""
    return not (
        isinstance(value, ast.Name) and value.id in ("np", "numpy", "tf", "tensorflow", "ops", "keras", "pd", "jnp")
    )


def _given(target: ast.expr, value: ast.expr | None, name: str) -> tuple[ast.expr, int | None] | None:
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
    parts = _parts(value)
    split = isinstance(value, ast.Call) and _name(value.func) == _SPLIT
    for place, each in enumerate(target.elts):
        if len(parts) == len(target.elts):
            found = _given(each, parts[place], name)
        elif split and isinstance(value, ast.Call) and place // 2 < len(value.args):
            found = _given(each, value.args[place // 2], name)
        else:
            whole = _given(each, value, name)
            found = None if whole is None else (value, place)
        if found is not None:
            return found
    return None

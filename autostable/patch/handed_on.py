"""A file of the user's, and what hands data on in it: names, parameters, loops, pipelines, functions, columns."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from autostable.patch.bindings import (
    CASTS,
    HAND_ON,
    element_of,
    given_to,
    is_data,
    keeps,
    loops_of,
    name_of,
    parts_of,
    results_of,
    spans,
)  # fmt: skip

DEPTH = 24  # hand-overs that are followed
_STAGES = frozenset({  # of a pipeline that give the same elements
    "apply", "batch", "cache", "padded_batch", "prefetch", "repeat", "shard", "shuffle", "skip", "take", "unbatch",
    "with_options",
})  # fmt: skip
_WINDOWS = frozenset({"timeseries_dataset_from_array", "TimeseriesGenerator"})  # of data, and of targets
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


class File:
    """A file of the user's.

    Args:
        tree: What is in it.
        through_casts: A cast hands data on as well: what is not finite is not of its making.
    """

    def __init__(self, tree: ast.Module, through_casts: bool) -> None:
        self._tree, self._through_casts = tree, through_casts
        self._hand_on = HAND_ON if through_casts else HAND_ON - CASTS
        self._scopes: dict[ast.AST, Scope] = {}
        self._through: dict[ast.AST, ast.Call] = {}  # functions that are being gone through, by which of their calls
        self._note(tree, tree)
        nodes = list(ast.walk(tree))
        self.calls = [node for node in nodes if isinstance(node, ast.Call)]
        self._functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        self._classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
        bindings = [node for node in nodes if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)]
        self._loops = sorted(loops_of(nodes), key=lambda each: -each.node.lineno)  # the innermost first
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
        if isinstance(value, ast.Call) and name_of(value.func) in self._hand_on:
            method = isinstance(value.func, ast.Attribute) and is_data(value.func.value)
            inner = (
                value.func.value if method and isinstance(value.func, ast.Attribute) else next(iter(value.args), None)
            )
            return None if inner is None else self.made(inner, seen_from, depth - 1)
        return None

    def of_pair(self, value: ast.expr | None, place: int, seen_from: ast.AST, depth: int) -> int | None:
        """The line that makes one part of what a value gives: a pipeline, a generator, a tuple."""
        if value is None or not depth:
            return None
        if (parts := parts_of(value)) and place < len(parts):
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
        name = name_of(value.func)
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
        inside = [each for each in self._scopes.values() if isinstance(each, ast.FunctionDef) and spans(each, line)]
        scope = min(inside, key=lambda each: (each.end_lineno or 0) - each.lineno, default=None)
        # of a parameter any statement of its function will do, of a variable one behind its line
        seen_from = next((each for each, where in self._scopes.items() if where is (scope or self._tree)
                          and getattr(each, "lineno", 0) >= line), scope)  # fmt: skip
        if seen_from is None:
            return None
        value = ast.Name(name, ast.Load())
        return self.made(value, seen_from, DEPTH) if part is None else self.of_pair(value, part, seen_from, DEPTH)

    def back(self, line: int, holds: Callable[[str], bool], depth: int) -> int:
        """The line to go back to from one whose statement computes with a variable that is as bad as what it makes."""
        node = next((each for each in (*self._bindings, *self._given_back) if each.lineno == line), None)
        if node is None or node.value is None or not depth:
            return line
        own = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        read = [each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)]
        for name in dict.fromkeys(read):
            if holds(name) and (name not in own or keeps(node.value, name)):
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
            if self._scopes.get(loop.node) is scope and spans(loop.node, line):
                found = element_of(loop.target, loop.through, name)
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
                    if (given := given_to(target, node.value, name)) is not None:
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
        calls = [call for call in self.calls if name_of(call.func) == scope.name] if through is None else [through]
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
        name = name_of(call.func)
        function, hands_over = self._functions.get(name), True
        if name in self._classes:
            hands_over = False
            members = {each.name: each for each in self._classes[name].body if isinstance(each, ast.FunctionDef)}
            function = members.get("__getitem__")
        if function is None or not depth or function in self._through:
            return None
        self._through[function] = call
        try:
            return self._of_results(function, place, depth, hands_over)
        finally:
            del self._through[function]

    def _of_results(self, function: ast.FunctionDef, place: int, depth: int, hands_over: bool) -> int | None:
        """The line within a function that makes one part of what it gives.

        None where it does so as it hands its data over at last (a cast, a function's result): who calls it gets them raw, and
        would scale them there.
        """
        for node, value in results_of(function):
            if not parts_of(value) and isinstance(value, ast.Call):
                return self.of_pair(value, place, node, depth - 1)
            for part in parts_of(value)[place : place + 1]:
                found = self.made(part, node, depth - 1)
                last = hands_over and isinstance(node, ast.Return) and isinstance(part, ast.Call)
                return found if found is not None else None if last and not self._through_casts else part.lineno
        return None

    def _of_stage(self, function: ast.expr | None, place: int, depth: int) -> int | None:
        """What a stage of a pipeline makes of one part of its elements; None where it leaves it alone."""
        if isinstance(function, ast.Lambda):
            names: Sequence[ast.arg] = function.args.args
            results: Sequence[tuple[ast.AST, ast.expr]] = [(function.body, function.body)]
        elif isinstance(function, ast.Name) and function.id in self._functions:
            written = self._functions[function.id]
            names, results = written.args.args, list(results_of(written))
        else:
            return None
        for node, value in results:
            part = next(iter(parts_of(value)[place : place + 1]), None)
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

"""Logarithms of shares, exponentials and determinants, written as one function of the file's own library."""

from __future__ import annotations

import libcst as cst

from autostable.patch.source import Source, callee

_LOGS = frozenset({"log"})
_OF = {"softmax": "log_softmax", "sigmoid": "log_sigmoid", "det": "slogdet"}
_OF_SUMS = {"reduce_sum": "reduce_logsumexp", "sum": "logsumexp"}
Replaced = tuple[cst.Call, str]


def in_logarithms(source: Source, line: int) -> list[Replaced] | None:
    """What takes the place of the logarithms at a line, or of all in its function where none stands there.

    Returns:
        None where one of them is of something else.
    """
    around = [node for node in source.nodes(cst.FunctionDef) if source.covers(node, line)]
    scope: cst.CSTNode = around[-1] if around else source.module
    calls = [call for call in source.nodes(cst.Call) if callee(call) in _LOGS and source.scope(call) is scope]
    own = [call for call in calls if source.covers(call, line)] or calls
    found = [(call, text) for call in own if (text := _text(source, call)) is not None]
    return found if found and len(found) == len(own) else None


def _text(source: Source, call: cst.Call) -> str | None:
    if len(call.args) != 1 or not isinstance(call.func, cst.Attribute):
        return None
    inner = _made(source, call.args[0].value)
    if inner is None or not isinstance(inner.func, cst.Attribute):
        return None
    name, root = callee(inner), source.code(inner.func.value)
    given = source.code(inner)[len(source.code(inner.func)) :]
    if name in _OF_SUMS:
        exponential = inner.args[0].value if inner.args else None
        if not isinstance(exponential, cst.Call) or callee(exponential) != "exp" or len(exponential.args) != 1:
            return None
        start, end = (place - source.span(inner)[0] for place in source.span(exponential))
        whole, bare = source.code(inner), source.code(exponential.args[0].value)
        return f"{root}.{_OF_SUMS[name]}{(whole[:start] + bare + whole[end:])[len(source.code(inner.func)) :]}"
    if name not in _OF:
        return None
    library = root.partition(".")[0]
    if name == "sigmoid" and source.imported().get(library) == "tensorflow":
        root = f"{library}.math"
    return f"{root}.{_OF[name]}{given}" + ("[1]" if name == "det" else "")


def _made(source: Source, value: cst.BaseExpression) -> cst.Call | None:
    """The call that a value is, or that makes the variable that it is, if all that it is made of is still the same."""
    if not isinstance(value, cst.Name):
        return value if isinstance(value, cst.Call) else None
    scope = source.scope(value)
    bound = [(node, made) for node, made in source.bindings(value.value, value) if source.scope(node) is scope]
    node, made = bound[0] if len(bound) == 1 else (value, None)
    if not isinstance(made, cst.Call):
        return None
    parts = {part.value for part in _names(made)}
    later = any(
        source.scope(other) is scope and source.line(other) >= source.line(node) and other is not node
        for part in parts
        for other, _ in source.bindings(part, value)
    )
    return None if later or source.looped(node) != source.looped(value) else made


def _names(node: cst.CSTNode) -> list[cst.Name]:
    found = [node] if isinstance(node, cst.Name) else []
    return found + [name for child in node.children for name in _names(child)]

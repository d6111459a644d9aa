"""Where a call gets an argument from: its own keyword, a position, or a dictionary that is unpacked into it."""

from __future__ import annotations

import dataclasses
import functools

import libcst as cst

from autostable.patch.origin import locate_named
from autostable.patch.source import Source, callee, positional, text_of

_DEPTH = 8


@dataclasses.dataclass(frozen=True)
class Written:
    """Where an argument is written: the node whose line to show, and its value."""

    key: cst.CSTNode
    value: cst.BaseExpression


def locate_argument(source: str, line: int, name: str, call: str | None = None) -> int | None:
    """The line where a call at a line gets its keyword argument.

    Args:
        source: Text of the file.
        line: Any line of the call, counted from 1.
        name: The keyword.
        call: Last name of what is called ("Dense"), where it is known; decides between calls on one line.

    Returns:
        The line of the keyword; of the key where it comes from a dictionary (`**CELL`) or a
        `functools.partial`; None where the call does not have it or the text is not Python.
    """
    try:
        parsed = _parsed(source)
    except (cst.ParserSyntaxError, RecursionError):
        return None
    found = find_argument(parsed, line, name, call)
    return None if found is None else parsed.line(found[1].key)


def locate_value(source: str, line: int, name: str, call: str | None = None) -> int | None:
    """The line where the value of a keyword is made: that of the variable it is given, else the keyword's own.

    Args:
        source: See `locate_argument`.
        line: Likewise.
        name: Likewise.
        call: Likewise.
    """
    try:
        parsed = _parsed(source)
    except (cst.ParserSyntaxError, RecursionError):
        return None
    found = find_argument(parsed, line, name, call)
    if found is None:
        return None
    value = found[1].value
    made = locate_named(source, line, value.value) if isinstance(value, cst.Name) else None
    return parsed.line(found[1].key) if made is None else made


@functools.lru_cache(maxsize=2)
def _parsed(text: str) -> Source:
    """A training's file is asked for several arguments, one after the other; parsing it is what takes the time."""
    return Source(text)


def find_argument(source: Source, line: int, name: str, call: str | None = None) -> tuple[cst.Call, Written] | None:
    """The call at a line that has the argument, and where it is written."""
    candidates = source.calls_at(line)
    if call is not None:
        named = [candidate for candidate in candidates if callee(candidate) == call]
        candidates = named or candidates
    for candidate in candidates:
        written = argument(source, candidate, name)
        if written is not None:
            return candidate, written
    return None


def argument(source: Source, call: cst.Call, name: str) -> Written | None:
    """Where a call gets an argument from; None where it does not have it."""
    found = _keyword(source, call, name, _DEPTH)
    if found is not None:
        return found
    given = positional(call, name)
    if given is not None:
        return Written(given.value, given.value)
    return _from_partial(source, call, name)


def entry(source: Source, read: cst.Subscript | cst.Call, mapping: cst.BaseExpression) -> Written | None:
    """Where a mapping holds what `mapping["key"]` or `mapping.get("key")` reads; None where that is not known."""
    key: str | None = None
    if isinstance(read, cst.Subscript):
        index = read.slice[0].slice
        key = text_of(index.value) if len(read.slice) == 1 and isinstance(index, cst.Index) else None
    elif callee(read) == "get" and isinstance(read.func, cst.Attribute) and read.args:
        key = text_of(read.args[0].value)
    return None if key is None else in_mapping(source, mapping, key, _DEPTH)


def _keyword(source: Source, call: cst.Call, name: str, depth: int) -> Written | None:
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == name:
            return Written(arg.keyword, arg.value)
    for arg in reversed(call.args):
        if arg.star == "**":
            found = in_mapping(source, arg.value, name, depth)
            if found is not None:
                return found
    return None


def in_mapping(source: Source, value: cst.BaseExpression, name: str, depth: int = _DEPTH) -> Written | None:
    """Where a mapping holds a key."""
    if depth == 0:
        return None
    if isinstance(value, cst.Dict):
        for element in reversed(value.elements):
            if isinstance(element, cst.StarredDictElement):
                found = in_mapping(source, element.value, name, depth - 1)
                if found is not None:
                    return found
            elif isinstance(element, cst.DictElement) and text_of(element.key) == name:
                return Written(element.key, element.value)
        return None
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.BitOr):
        right = in_mapping(source, value.right, name, depth - 1)
        return right or in_mapping(source, value.left, name, depth - 1)
    if isinstance(value, cst.IfExp):
        body = in_mapping(source, value.body, name, depth - 1)
        return body or in_mapping(source, value.orelse, name, depth - 1)
    if isinstance(value, cst.Call):
        return _in_call(source, value, name, depth)
    if isinstance(value, cst.Name | cst.Attribute):
        return _in_variable(source, value, name, depth)
    return None


def _in_call(source: Source, call: cst.Call, name: str, depth: int) -> Written | None:
    """`dict(...)`, `copy(NAME)`, `NAME.copy()`, or a function of this file that returns a mapping."""
    if callee(call) == "dict":
        found = _keyword(source, call, name, depth - 1)
        if found is not None:
            return found
    if callee(call) in {"dict", "copy", "deepcopy"}:
        if call.args and call.args[0].keyword is None and not call.args[0].star:
            return in_mapping(source, call.args[0].value, name, depth - 1)
        if isinstance(call.func, cst.Attribute):
            return in_mapping(source, call.func.value, name, depth - 1)
        return None
    if isinstance(call.func, cst.Name):
        for function in source.nodes(cst.FunctionDef):
            if function.name.value == call.func.value:
                for node in source.nodes(cst.Return):
                    if source.scope(node) is function and node.value is not None:
                        return in_mapping(source, node.value, name, depth - 1)
    return None


def _in_variable(source: Source, variable: cst.Name | cst.Attribute, name: str, depth: int) -> Written | None:
    text = source.code(variable)
    later = _item_set(source, text, variable, name)
    for node, value in source.bindings(text, variable):
        if later is not None and source.line(later.key) >= source.line(node):
            return later
        found = in_mapping(source, value, name, depth - 1)
        if found is not None:
            return found
    return later


def _item_set(source: Source, text: str, seen_from: cst.CSTNode, name: str) -> Written | None:
    """`NAME["key"] = value` or `NAME.update(key=value)` before the place."""
    best: Written | None = None
    for node in source.nodes(cst.Assign):
        for target in node.targets:
            place = target.target
            if isinstance(place, cst.Subscript) and source.code(place.value) == text and len(place.slice) == 1:
                index = place.slice[0].slice
                if isinstance(index, cst.Index) and text_of(index.value) == name:
                    best = _later(source, best, Written(place, node.value), seen_from)
    for call in source.nodes(cst.Call):
        if callee(call) == "update" and isinstance(call.func, cst.Attribute) and source.code(call.func.value) == text:
            written = _keyword(source, call, name, 1)
            if written is None and call.args and isinstance(call.args[0].value, cst.Dict):
                written = in_mapping(source, call.args[0].value, name, 1)
            if written is not None:
                best = _later(source, best, written, seen_from)
    return best


def _later(source: Source, best: Written | None, new: Written, seen_from: cst.CSTNode) -> Written | None:
    if source.line(new.key) > source.line(seen_from) or source.scope(new.key) not in source.scopes(seen_from):
        return best
    return new if best is None or source.line(new.key) >= source.line(best.key) else best


def _from_partial(source: Source, call: cst.Call, name: str) -> Written | None:
    if not isinstance(call.func, cst.Name | cst.Attribute):
        return None
    for _, value in source.bindings(source.code(call.func), call):
        if isinstance(value, cst.Call) and callee(value) == "partial":
            return _keyword(source, value, name, _DEPTH)
    return None

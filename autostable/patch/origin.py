"""Where the data that a call is given are made, by the text of the user's file.

Followed is what hands data on as they are (names, rows and columns of a table, functions and helpers of the file that return
them, stages of a pipeline that leave them alone); found is the line that computes or reads them.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable

from autostable.patch.bindings import name_of, parts_of, spans
from autostable.patch.handed_on import DEPTH, File

_READERS = frozenset({"decode_raw", "frombuffer", "fromfile", "memmap"})
_SHORT = {  # NumPy's short names of types
    f"{letter}{size}": f"{kind}{8 * size}"
    for letter, kind in (("f", "float"), ("i", "int"), ("u", "uint"))
    for size in (2, 4, 8)
} | {"f": "float32", "d": "float64", "h": "int16", "H": "uint16", "i": "int32", "I": "uint32"}


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
        file = _read(source, holds is not None)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = _of_call(file, line, argument, place, function)
    return found if found is None or holds is None else file.back(found, holds, DEPTH)


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
        file = _read(source, holds is not None)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = file.named(name, line, part)
    return found if found is None or holds is None else file.back(found, holds, DEPTH)


def _of_call(file: File, line: int, argument: str, place: int, function: str) -> int | None:
    call = next((each for each in file.calls if name_of(each.func) == function and spans(each, line)), None)
    if call is None:
        return None
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    positions = dict(zip(("x", "y"), call.args, strict=False))
    value = given.get(argument, positions.get(argument))
    if value is None and argument == "y":
        return file.of_pair(given.get("x", positions.get("x")), 1, call, DEPTH)
    if value is None:
        return None
    own = given.get("y", positions.get("y"))
    if argument == "x" and own is None:
        return file.of_pair(value, 0, call, DEPTH)
    parts = parts_of(value)
    value = parts[place] if parts and place < len(parts) else value
    return file.made(value, call, DEPTH)


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
    found = [call for call in file.calls if name_of(call.func) in _READERS and _type_read(call) == stored]
    return (found[0].lineno, name_of(found[0].func)) if len(found) == 1 else None


def _type_read(call: ast.Call) -> str:
    """The NumPy name of the type that a call reads bytes as; empty where that is not written there, or first byte first."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if "little_endian" in given:
        return ""
    written = given.get("dtype", given.get("out_type", call.args[1] if len(call.args) > 1 else None))
    if isinstance(written, ast.Call) and name_of(written.func) == "dtype" and written.args:
        written = written.args[0]
    name = written.value if isinstance(written, ast.Constant) else name_of(written) if written is not None else ""
    short = name.lstrip("<=") if isinstance(name, str) else ""
    return _SHORT.get(short, short)


@functools.lru_cache(maxsize=4)
def _read(source: str, through_casts: bool = True) -> File:
    return File(ast.parse(source), through_casts)

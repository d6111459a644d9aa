"""JSON from anybody: read within bounds, so that a hostile or damaged text is a ValueError of one sentence and no more."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 100  # lists and objects within each other; what we write has fewer than 20
LONGEST = 40  # digits of a whole number: more are no figure of a training


def loads(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: If it is none, is nested too deeply, or holds a number that is too long; UnicodeDecodeError and
            json.JSONDecodeError, which say where, are two of them.
    """
    try:
        value = json.loads(text, parse_int=_whole)
    except RecursionError:
        raise ValueError(f"it is nested more than {DEEPEST} levels deep") from None
    _check_depth(value)
    return value


def _whole(digits: str) -> int:
    if len(digits) > LONGEST:
        raise ValueError(f"it holds a number of {len(digits)} digits")
    return int(digits)


def _check_depth(value: Any) -> None:
    """Level by level: what is nested deeply would end the recursion of who reads it."""
    level = [value]
    for _ in range(DEEPEST):
        inner = [item for each in level for item in _inside(each)]
        if not inner:
            return
        level = inner
    raise ValueError(f"it is nested more than {DEEPEST} levels deep")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []

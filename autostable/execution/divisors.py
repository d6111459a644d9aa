"""A script whose divisors at some lines are never 0, and what stands in their place."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Any

import numpy as np

from autostable import divisions, registry
from autostable.records import Plan
from autostable.setup import Division

NAME = "__autostable_divisor__"  # of the function, among the script's own names
_NUMBERS = "biufcO"  # kinds of NumPy's types that can be divided by and be 0


def asked_for(plans: Iterable[Plan]) -> tuple[Division, ...]:
    """The divisions that plans keep from 0."""
    found = (each for plan in plans for each in registry.setup_of(plan).divisions)
    return tuple(dict.fromkeys(found))


def misplaced(asked: Sequence[Division], path: str, text: str) -> str:
    """Why divisions cannot be guarded in this script, for its lines are others; empty where they can.

    Args:
        asked: The divisions.
        path: Of the script.
        text: Its text.
    """
    lines = text.split("\n")
    for each in asked:
        there = lines[each.line - 1].strip() if 0 < each.line <= len(lines) else ""
        same = os.path.basename(each.file) == os.path.basename(path) and there == each.source
        if not same or divisions.divided_at(text, each.line) is None:
            return f"it is for a division at {each.file}:{each.line} ({each.source}), and there is none in the script"
    return ""


def compiled(source: str | bytes, path: str, asked: Iterable[Division]) -> CodeType:
    """The script with these divisors going through `without_zeros`, which is to be known in it as `NAME`."""
    tree = divisions.guarded(source, {each.line for each in asked}, NAME)
    return compile(tree, path, "exec", dont_inherit=True)


def without_zeros(divisor: Any) -> Any:
    """A divisor with 1 in the place of each 0, of the same type; itself where none is 0, or it is of another kind.

    Known are numbers, NumPy's arrays, and the series and tables of pandas. A masked array divides its own way.
    """
    if isinstance(divisor, float | int):  # NumPy's double numbers are such, too
        return type(divisor)(1) if divisor == 0 else divisor
    if isinstance(divisor, np.generic):
        return divisor.dtype.type(1) if divisor.dtype.kind in _NUMBERS and divisor == 0 else divisor
    if isinstance(divisor, np.ndarray):
        return _array_without_zeros(divisor)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(divisor, pandas.Series | pandas.DataFrame):
        zero = divisor == 0
        return divisor.where(~zero, 1) if bool(zero.to_numpy().any()) else divisor
    return divisor


def _array_without_zeros(divisor: Any) -> Any:
    if isinstance(divisor, np.ma.MaskedArray) or divisor.dtype.kind not in _NUMBERS:
        return divisor
    zero = divisor == 0
    if not np.any(zero):
        return divisor
    filled = divisor.copy()
    filled[zero] = 1
    return filled

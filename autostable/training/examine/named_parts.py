"""What a step of the user's own calls what it is given, so that the text of its file tells where that was made."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from keras import tree

from autostable import frames
from autostable.records import Site
from autostable.training import created


@dataclasses.dataclass(frozen=True)
class NamedParts:
    """Names of the parts of what a step is given.

    Attributes:
        filename: The file of the step.
        line: A line at which the names mean these parts.
        names: Of each flat part the name, and which part of what the name means it is; None where that is all of it.
    """

    filename: str
    line: int
    names: Sequence[tuple[str, int | None]]

    def site(self, place: int, holds: Callable[[str], bool] | None) -> Site | None:
        """Where a flat part is made; `holds`: see `patch.origin.locate_data`."""
        if place >= len(self.names):
            return None
        return created.named_site(self.filename, self.line, *self.names[place], holds)


def of_function(function: Any, args: Any, kwargs: Any) -> NamedParts | None:
    """The parameters of a function of the user's; None of what has no text."""
    written: Any = inspect.unwrap(function) if callable(function) else None
    code = getattr(written, "__code__", None)
    if code is None or not frames.is_user_file(code.co_filename):
        return None
    try:
        bound = inspect.signature(written).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return None
    names: list[tuple[str, int | None]] = []
    for name, value in bound.arguments.items():
        parts = len(tree.flatten(value))
        names += [(name, None)] if parts == 1 else [(name, part) for part in range(parts)]
    return NamedParts(code.co_filename, code.co_firstlineno + 1, names)


def at_line(filename: str, line: int, names: Sequence[str]) -> NamedParts:
    """Variables that a line of a file of the user's sees."""
    return NamedParts(filename, line, [(name, None) for name in names])

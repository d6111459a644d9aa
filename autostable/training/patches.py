"""Attributes of classes replaced for a while, and put back."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


class Patches:
    """A set of replaced attributes that is undone as one, last first."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def set(self, holder: Any, name: str, value: Any, original: Any) -> None:
        """Replace an attribute; `original` is what `undo` puts back."""
        self._replaced.append((holder, name, value, original))
        setattr(holder, name, value)

    def wrap(self, holder: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
        """Replace an attribute that `holder` itself defines by `wrapper(attribute)`."""
        original = vars(holder)[name]
        self.set(holder, name, wrapper(original), original)

    def undo(self) -> None:
        """Put every original back; what somebody else has put into a module since stays."""
        for holder, name, value, original in reversed(self._replaced):
            if not isinstance(holder, ModuleType) or getattr(holder, name) is value:
                setattr(holder, name, original)
        self._replaced.clear()

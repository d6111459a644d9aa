"""Commands whose help says no more than a reader needs: no types of flags and arguments."""

from __future__ import annotations

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup


class _Terse:
    """Takes the types out of the help of what it is mixed into."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All options and arguments, --help among them."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            _without_type(param)
        return params


class Command(_Terse, TyperCommand):
    """A command as typer makes it, but for its help."""


class Group(_Terse, TyperGroup):
    """A group of commands, likewise."""


def _without_type(param: Any) -> None:
    """Of a flag there is nothing to be given, and of an argument its name says what it is."""
    if isinstance(param, TyperArgument) or getattr(param, "is_flag", False):
        param.display_type_rich = lambda ctx: None  # how rich's help names the type

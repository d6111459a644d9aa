"""autostable sweep: the commands of `autostable.sweeps`, where that wing is there."""

from __future__ import annotations

import importlib
import importlib.util

import typer

MODULE = "autostable.sweeps.cli_commands"


def register(app: typer.Typer) -> None:
    """Hang the sub-application `sweep` on the main one; its module must be quick to import."""
    try:
        found = importlib.util.find_spec(MODULE)
    except ModuleNotFoundError:
        return
    if found is not None:
        app.add_typer(importlib.import_module(MODULE).app, name="sweep")

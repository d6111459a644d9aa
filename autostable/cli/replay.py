"""autostable replay: the failing step of a past run again."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from autostable.cli import options
from autostable.cli.show import Run
from autostable.config import load_settings
from autostable.store import RunStore


def replay(run: Run = None, run_dir: options.RunDir = None) -> None:
    """Show the failing step of a past run again: its operations, and the guilty one run once more."""
    from autostable.execution import replay as engine

    settings, _ = load_settings({"run_dir": run_dir}, Path.cwd(), os.environ)
    raise typer.Exit(engine.replay(RunStore(settings.run_dir).find(run).path))

"""autostable replay: the failing step of a past run, once more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from autostable.cli import options
from autostable.config import load_settings
from autostable.store import RunStore

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's name or a unique part of it, its folder, or latest.")]


def replay(run: Run, run_dir: options.RunDir = None) -> None:
    """Replay the failing step of a past run from its capsule."""
    from autostable.execution.replay import replay as replay_run  # late: it brings the engine with it

    settings, _ = load_settings({"run_dir": run_dir}, Path.cwd(), os.environ)
    folder = RunStore(settings.run_dir).find(run)
    raise typer.Exit(replay_run(folder.path))

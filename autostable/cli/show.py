"""autostable show: the report of a past run."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from autostable.cli import options
from autostable.cli.output import emit
from autostable.config import load_settings
from autostable.errors import StoreError
from autostable.report import words
from autostable.store import REPORT, RunFolder, RunStore

Run = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="A run's name or a unique part of it, or its folder; default is the latest."),
]
List = Annotated[bool, typer.Option("--list", help="List the runs instead.")]


def show(
    run: Run = None,
    list_runs: List = False,
    diff: options.Diff = None,
    output_format: options.OutputFormat = None,
    output_file: options.OutputFile = None,
    run_dir: options.RunDir = None,
    quiet: options.Quiet = None,
) -> None:
    """Print the report of a past run; `--diff` prints its edits, ready for `git apply` or `patch -p1`."""
    overrides = {"diff": diff, "output_format": output_format, "output_file": output_file, "run_dir": run_dir,
                 "quiet": quiet, "verbose": True}  # fmt: skip
    settings, origins = load_settings(overrides, Path.cwd(), os.environ)
    if origins["diff"] != "command line":
        settings = dataclasses.replace(settings, diff=False)  # a project's own wish for `run`
    store = RunStore(settings.run_dir)
    if list_runs:
        if settings.output_format == "json":
            print(json.dumps([_described(folder) for folder in store.runs()], indent=2))
        else:
            _list(store)
        return
    emit(store.find(run).read_report(), settings, sys.stdout)


def _described(folder: RunFolder) -> dict[str, Any]:
    """One run, for programs; a run that is going on, or was killed, has no verdict."""
    told: dict[str, Any] = {"name": folder.name, "folder": str(folder.path), "verdict": None}
    try:
        report = folder.read_report()
    except StoreError as error:
        return {**told, "why": str(error)}
    return {
        **told,
        "verdict": str(report.verdict),
        "target": words.command(report),
        "causes": [str(cause.code) for cause in report.causes],
        "plan": [step.name for step in report.plan],
        "report": str(folder.path / REPORT),
    }


def _list(store: RunStore) -> None:
    for folder in store.runs():
        try:
            state = str(folder.read_report().verdict)
        except StoreError:
            state = "no report"
        print(f"{folder.name}  {state}")

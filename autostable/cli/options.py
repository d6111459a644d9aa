"""The options that commands share, each described once. None means not given: another source may say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_REPAIR = "What is tried"
_OUTPUT = "Output"

Target = Annotated[
    str, typer.Argument(metavar="TARGET", help="The script to run, e.g. train.py; with -m the name of a module.")
]
Arguments = Annotated[
    list[str] | None, typer.Argument(metavar="ARGS", help="All the rest is the script's own.", show_default=False)
]
Module = Annotated[bool, typer.Option("-m", help="TARGET is a module, to be run like python -m does.")]

Goal = Annotated[
    str | None,
    typer.Option(
        metavar="healthy|finite",
        help="finite: only what is not finite or diverges is repaired; healthy (default): also what learns nothing.",
    ),
]
OnFailure = Annotated[
    str | None,
    typer.Option(
        metavar="restart|heal",
        help="heal: go back to the last healthy state and on from there; restart (default): repair from the start.",
        rich_help_panel=_REPAIR,
    ),
]
OnSpike = Annotated[
    str | None,
    typer.Option(
        metavar="log|heal",
        help="With --on-failure heal: tell of a loss that leaves its course (default), or go back before it.",
        rich_help_panel=_REPAIR,
    ),
]
TimeLimit = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="Start no further attempt after so many seconds.")
]
StallTimeout = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="End the script where it does no training step for so many seconds."),
]
Resume = Annotated[
    bool | None,
    typer.Option(
        "--resume", help="Go on with the last run of this script if it was cut off; what was tried is not tried again."
    ),
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed of what is random in a remedy (default 0).")]
MaxAttempts = Annotated[
    int | None, typer.Option(metavar="N", help="Try at most so many plans (default 16).", rich_help_panel=_REPAIR)
]
Budget = Annotated[
    float | None,
    typer.Option(metavar="X", help="All together may cost X times one full run (default 3).", rich_help_panel=_REPAIR),
]
Select = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only these remedies, or the remedies of these causes.", rich_help_panel=_REPAIR),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Neither these remedies nor these causes.", rich_help_panel=_REPAIR),
]
Tune = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="After a repair, let keras-tuner search the strengths of the plan for the lowest loss, in at most N more runs.",
        rich_help_panel=_REPAIR,
    ),
]
Verify = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Run the patched script by plain python in N fresh processes, each with other seeds.",
        rich_help_panel=_REPAIR,
    ),
]
Diff = Annotated[bool | None, typer.Option("--diff", help="Print only the source edits.", rich_help_panel=_OUTPUT)]
Check = Annotated[
    bool | None,
    typer.Option(
        "--check",
        help="Run the patched script by plain python, in a copy of its folder, and compare it with the repaired run.",
        rich_help_panel=_REPAIR,
    ),
]
Fix = Annotated[
    bool | None,
    typer.Option(
        "--fix", help="Write the source edits into the files, if they hold (see --check).", rich_help_panel=_OUTPUT
    ),
]
Unsafe = Annotated[
    bool | None,
    typer.Option(
        "--unsafe", help="With --fix, write edits that are incomplete or do not hold as well.", rich_help_panel=_OUTPUT
    ),
]
OutputFormat = Annotated[
    str | None,
    typer.Option(metavar="full|concise|json|github", help="How the report looks.", rich_help_panel=_OUTPUT),
]
OutputFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write the report there; - is the standard output, which then holds nothing else.",
        rich_help_panel=_OUTPUT,
    ),
]
Quiet = Annotated[
    bool | None,
    typer.Option("-q", "--quiet", help="Show nothing but the verdict, and errors.", rich_help_panel=_OUTPUT),
]
Verbose = Annotated[
    bool | None,
    typer.Option(
        "-v", "--verbose", help="End with all that is known, not with the one screen.", rich_help_panel=_OUTPUT
    ),
]
TensorBoard = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Write the attempts there as runs of TensorBoard.", rich_help_panel=_OUTPUT),
]
RunDir = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Where runs are kept (default .autostable).", rich_help_panel=_OUTPUT),
]

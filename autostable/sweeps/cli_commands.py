"""autostable sweep repair, autostable sweep status."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from autostable.errors import UsageError
from autostable.store import write_file
from autostable.terse_help import Command, Group

if TYPE_CHECKING:
    from autostable.sweeps.items import Outcome
    from autostable.sweeps.pool import Pool
    from autostable.sweeps.repair import Repaired, Source
    from autostable.sweeps.worker import Spec

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="Repair what went bad in a sweep: a keras-tuner project, a table of configurations, an Optuna study.",
)

_Path = Annotated[
    str | None, typer.Argument(metavar="PATH", help="A keras-tuner project, or a .jsonl, .csv or .yaml table.")
]
_Study = Annotated[str | None, typer.Option("--study", metavar="URL", help="Storage of an Optuna study instead.")]
_StudyName = Annotated[str | None, typer.Option("--study-name", metavar="NAME", help="Its name in that storage.")]
_Column = Annotated[
    str | None, typer.Option("--results", metavar="COLUMN", help="The table's column of results (default: the usual).")
]
_Format = Annotated[str, typer.Option("--output-format", metavar="full|json", help="How the report looks.")]


@app.command(cls=Command, context_settings={"ignore_unknown_options": True})
def repair(
    path: _Path = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="The script's own arguments.", show_default=False)
    ] = None,
    train: Annotated[
        str, typer.Option(metavar="SCRIPT|MODULE:NAME", help="What trains a configuration, or the script that ran it.")
    ] = "",
    study: _Study = None,
    study_name: _StudyName = None,
    results: _Column = None,
    objective: Annotated[
        str | None,
        typer.Option(metavar="NAME:min|max", help="Objective of a keras-tuner project, where it cannot be told."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Configurations trained side by side.")] = 1,
    engine: Annotated[str, typer.Option(metavar="local|ray", help="Where they are trained.")] = "local",
    address: Annotated[str | None, typer.Option(help="With --engine ray: an existing cluster.")] = None,
    cpus: Annotated[float, typer.Option(help="With --engine ray: processors for each configuration.")] = 1.0,
    gpus: Annotated[float, typer.Option(help="With --engine ray: GPUs for each configuration.")] = 0.0,
    goal: Annotated[str | None, typer.Option(metavar="healthy|finite", help="What counts as cured.")] = None,
    max_attempts: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Plans for one configuration at most.")
    ] = None,
    budget: Annotated[float | None, typer.Option(metavar="X", help="Cost of one repair in full runs.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be repaired; change nothing.")] = False,
    output_format: _Format = "full",
    output_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the report there instead (with a script JSON goes to stderr)."),
    ] = None,
) -> None:
    """Train the bad configurations of a sweep again, each with the smallest plan that cures it, and write them back.

    The original stays as it is until the end, and is kept as a backup. Killed, the same command goes on
    where it was.
    """
    from autostable.config import load_settings
    from autostable.sweeps import repair as work

    _check_format(output_format)
    if engine not in ("local", "ray"):
        raise UsageError(f"--engine {engine}: wanted local or ray")
    if engine != "ray" and (address is not None or cpus != 1.0 or gpus != 0.0):
        raise UsageError("--address, --cpus and --gpus are for --engine ray")
    where = work.source(path, study, study_name, results)
    if objective is not None:
        _check_objective(objective, where)
    if output_file is not None and not output_file.resolve().parent.is_dir():
        raise UsageError(f"--output-file {output_file}: there is no folder {output_file.parent}")
    if dry_run:
        _show_dry(where, output_format)
        return
    if not train:
        raise UsageError("what trains a configuration? give --train script.py or --train module:name")
    own = [each for index, each in enumerate(arguments or []) if index or each != "--"]
    overrides = {"goal": goal, "max_attempts": max_attempts, "budget": budget}
    settings, _ = load_settings(overrides, Path.cwd(), os.environ)
    pools: Callable[[Spec, int], Pool] = work.local
    if engine == "ray":
        from autostable.sweeps.ray_pool import RayPool

        pools = RayPool.maker(address=address, cpus=cpus, gpus=gpus)
    try:
        done = work.repair(where, train, own, settings, jobs=jobs, objective=objective, pools=pools, progress=_progress)
    except KeyboardInterrupt:
        print("interrupted; nothing was written back, and the same command goes on where it was", file=sys.stderr)
        raise
    own_stdout = sys.stderr if train.endswith(".py") else sys.stdout  # a script's stdout is its own
    if output_file is None:
        _show(done, output_format, own_stdout if output_format == "json" else sys.stderr)
    else:
        text = io.StringIO()
        _show(done, output_format, text)
        write_file(output_file, text.getvalue())
    if done.status:
        raise typer.Exit(3)
    raise typer.Exit(0 if all(outcome.usable for outcome in done.outcomes) and not done.sweep.lost else 1)


@app.command(cls=Command)
def status(
    path: _Path = None, study: _Study = None, study_name: _StudyName = None, results: _Column = None,
    output_format: _Format = "full",
) -> None:  # fmt: skip
    """Count what in a sweep is sound, bad and repaired."""
    from autostable.sweeps import journal
    from autostable.sweeps import repair as work

    _check_format(output_format)
    where = work.source(path, study, study_name, results)
    sweep = where.read()
    under_way = {outcome.key for outcome in journal.read(where.folder)}
    counts = {
        "sound": len(sweep.sound),
        "repaired": sweep.repaired,
        "bad": len(sweep.bad),
        "done_but_not_written_back": len(under_way & {item.key for item in sweep.bad}),
    }
    if output_format == "json":
        _print_json({"sweep": sweep.name, **counts, "reasons": _reasons(sweep.bad), "lost": sweep.lost})
        return
    print(
        f"{sweep.name}: {counts['sound']} sound ({counts['repaired']} of them repaired), {counts['bad']} bad"
        + (f", {len(sweep.lost)} lost" if sweep.lost else "")
    )
    for reason, number in _reasons(sweep.bad).items():
        print(f"  {number} {reason}")
    for text in sweep.lost.values():
        print(f"  {text}")
    if counts["done_but_not_written_back"]:
        print(f"  {counts['done_but_not_written_back']} done by a repair that has not ended; the same command goes on")


def _check_format(name: str) -> None:
    if name not in ("full", "json"):
        raise UsageError(f"--output-format {name}: wanted full or json")


def _check_objective(objective: str, where: Source) -> None:
    name, _, direction = objective.partition(":")
    if where.kind != "project":
        raise UsageError("--objective is for a keras-tuner project; of a table name the column with --results")
    if not name or direction not in ("", "min", "max"):
        raise UsageError(f"--objective {objective}: wanted NAME:min or NAME:max")


def _reasons(bad: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in bad:
        found[item.reason] = found.get(item.reason, 0) + 1
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _show_dry(where: Source, output_format: str) -> None:
    sweep = where.read()
    if output_format == "json":
        _print_json({"sweep": sweep.name, "would_repair": [
            {"key": item.key, "reason": item.reason, "config": dict(item.config)} for item in sweep.bad
        ], "lost": sweep.lost})  # fmt: skip
        return
    total = len(sweep.bad) + len(sweep.sound) + len(sweep.lost)
    print(f"{sweep.name}: {len(sweep.bad)} of {total} would be trained again")
    for item in sweep.bad:
        print(f"  {item.key}: {item.reason}  {dict(item.config)}")
    for key, text in sweep.lost.items():
        print(f"  {key}: {text}")


def _show(done: Repaired, output_format: str, stream: TextIO) -> None:
    from autostable.sweeps import summary

    counts = summary.counts(done.outcomes)
    if output_format == "json":
        value = {
            "sweep": done.sweep.name,
            **counts,
            "groups": [
                {"cause": group.cause, "count": len(group.outcomes), "cured": group.cured,
                 "plans": dict(group.plans), "region": None if group.region is None else str(group.region)}
                for group in done.groups
            ],
            "lost": done.sweep.lost,
            "avoid": summary.advice(done.groups),
            "backup": None if done.backup is None else str(done.backup),
            "folder": str(done.folder),
            "warning": done.warning,
        }  # fmt: skip
        _print_json(value, stream)
        return

    def say(text: str) -> None:
        print(text, file=stream)

    if done.outcomes:
        told = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
        say(f"{done.sweep.name}: {len(done.outcomes)} were bad; {told}")
    else:
        say(f"{done.sweep.name}: nothing to repair, {len(done.sweep.sound)} sound")
    for text in [*done.sweep.lost.values(), *summary.sentences(done.groups), *summary.advice(done.groups)]:
        say(f"  {text}")
    if done.outcomes:
        say(f"  records and plot: {done.folder}")
    if done.backup is not None:
        say(f"  the original is kept in {done.backup}")
    if done.warning is not None:
        say(f"  WARNING: {done.warning}")
    if done.in_company:
        say(
            "  some weights expect what their plan does to the model: load them under `autostable run` or StableHyperModel"
        )


def _print_json(value: Any, stream: Any = None) -> None:
    import json

    from autostable.records import to_json

    print(json.dumps(to_json(value), indent=2, allow_nan=False, default=str), file=stream or sys.stdout)


def _progress(coming: Iterator[Outcome], before: int, total: int) -> Iterator[Outcome]:
    """A bar with counts and time to go, on a terminal; elsewhere one line an outcome."""
    from rich import progress
    from rich.console import Console

    from autostable.sweeps.summary import counts

    console, seen, began = Console(stderr=True), [], time.monotonic()
    bar = progress.Progress(
        progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(), console=console, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task("repairing", total=total, completed=before)
        for outcome in coming:
            seen.append(outcome)
            number = counts(seen)
            total = max(total, before + len(seen))  # more may show once the script has run
            left = total - before - len(seen)
            took = time.monotonic() - began
            # Not the bar's own estimate: outcomes of jobs side by side come together, which looks like great speed.
            to_go = f", about {_span(took / len(seen) * left)} to go" if left else ""
            text = f"{number['repaired'] + number['sound']} repaired, {number['hopeless'] + number['raised']} hopeless"
            bar.update(task, advance=1, total=total, description=f"{text}, {left} left{to_go}")
            if not console.is_terminal:
                place = f"[{before + len(seen)}/{total}] {took:.0f} s{to_go}"
                print(f"{place}  {outcome.key}: {outcome.message}", file=sys.stderr)
            yield outcome


def _span(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )

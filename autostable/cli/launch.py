"""What run, check and apply have in common: settings, a run folder, the engine, the report."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from autostable import registry
from autostable.cli.output import EXIT, INTERRUPTED, UNWATCHED, emit, write_fixes
from autostable.config import STDOUT, Settings, load_settings
from autostable.errors import StoreError
from autostable.records import Plan, Report, Verdict, to_json
from autostable.store import RunFolder, RunStore, StablePlans

if TYPE_CHECKING:
    from autostable.report.live import Silent


def script_arguments(arguments: Sequence[str] | None) -> tuple[str, ...]:
    """The script's own arguments; one leading `--` only separated them from ours."""
    own = tuple(arguments or ())
    return own[1:] if own[:1] == ("--",) else own


def launch(
    name: str,
    arguments: tuple[str, ...],
    *,
    module: bool,
    mode: str,
    overrides: Mapping[str, Any],
    stable: StablePlans | None = None,
) -> None:
    """Run a target and leave with the exit status that its report asks for.

    Args:
        name: Path of the script, or name of the module.
        arguments: Its own arguments.
        module: Whether it is a module.
        mode: "run", "check" or "apply".
        overrides: Settings from the command line.
        stable: The known plans, for "apply".

    Raises:
        typer.Exit: Always.
    """
    # Late, because the engine is big and --help is not to wait for it.
    from autostable.execution.cluster import task_of
    from autostable.execution.signals import heeded
    from autostable.execution.targets import Target

    cwd = Path.cwd()
    settings, origins = load_settings(overrides, cwd, os.environ)
    registry.remedies()  # one that cannot be loaded is told before the training
    if settings.output_file not in (None, STDOUT):
        _check_writable(settings.output_file)  # better now than after a day of training
    target = Target("module" if module else "script", name, arguments)
    target.validate()
    task = task_of(os.environ)
    if task is not None and not task.is_chief:
        from autostable.execution.following import follow

        verdict = follow(target, settings, mode, stable.plans if stable else None, task)
        print(f"autostable: {verdict} (the report is at {task.names[0]})", file=sys.stderr)
        raise typer.Exit(EXIT[verdict])
    with heeded():  # a Ctrl-C shall not keep the report from being written
        _conduct(target, settings, origins, mode, stable, name.rpartition(".")[2] if module else Path(name).stem)


def _conduct(
    target: Any, settings: Settings, origins: Mapping[str, str], mode: str, stable: StablePlans | None, name: str
) -> None:
    """Run a target, keep its report, show it, and leave."""
    from autostable.execution.keep import keep
    from autostable.execution.signals import Interrupted
    from autostable.execution.supervisor import supervise

    cwd = Path.cwd()
    folder = _folder(target, settings, mode, name)
    folder.write("settings.json", _settings_json(settings, origins))
    plans: Mapping[str, Plan] | None = stable.plans if stable else None
    status = None
    show = _show(settings, mode)
    try:
        report = supervise(target, settings, mode, plans, folder.path, show)
    except Interrupted as interrupted:
        report, status = interrupted.report, INTERRUPTED
    finally:
        show.close()
    if stable is not None:
        report = _compare(report, stable)
    try:
        report = keep(report, folder)
    except StoreError as error:  # a full disk, a folder that somebody took away: what is known is told all the same
        report = dataclasses.replace(report, notes=(*report.notes, f"The report was not kept: {error}."))
    if settings.tensorboard is not None:
        report = _on_tensorboard(report, settings.tensorboard)
    emit(report, settings, sys.stderr)
    if origins["output_format"] == "default" and os.environ.get("GITHUB_ACTIONS") == "true" and not settings.diff:
        emit(report, dataclasses.replace(settings, output_format="github", output_file=None), sys.stderr)
    if settings.fix and mode == "run" and status is None:
        write_fixes(report, cwd, unsafe=settings.unsafe)
    if status is None:
        status = UNWATCHED if mode == "check" and report.verdict is Verdict.UNWATCHED else EXIT[report.verdict]
    raise typer.Exit(status)


def _on_tensorboard(report: Report, folder: Path) -> Report:
    """Write the attempts for TensorBoard; what cannot be written is told."""
    from autostable.report import tensorboard

    try:
        tensorboard.write(report, folder)
    except StoreError as error:
        return dataclasses.replace(report, notes=(*report.notes, f"TensorBoard has nothing of this run: {error}."))
    return dataclasses.replace(report, files={**report.files, "tensorboard": str(folder)})


def _show(settings: Settings, mode: str) -> Silent:
    """What shows the course of the run: nothing where the standard error is a machine's, or is to be quiet."""
    from autostable.report.live import Silent, show_on

    if settings.quiet or settings.output_format not in ("full", "concise"):
        return Silent()
    return show_on(sys.stderr, settings.max_attempts if mode == "run" else 0)


def _folder(target: Any, settings: Settings, mode: str, name: str) -> RunFolder:
    """The folder of a run that was cut off and is to go on, or a new one."""
    store = RunStore(settings.run_dir)
    if mode != "run" or not settings.resume:
        return store.create(name)
    from autostable.execution.supervisor import resumed

    found = resumed(target, settings, store)
    if settings.output_format in ("full", "concise"):
        said = "there is no run to go on with, so one begins" if found is None else f"going on with run {found.name}"
        print(f"autostable: {said}", file=sys.stderr, flush=True)
    return found or store.create(name)


def _check_writable(file: Path) -> None:
    """That a report can be written there.

    Raises:
        StoreError: If it cannot.
    """
    if not file.parent.is_dir():
        raise StoreError(f"cannot write {file}: there is no folder {file.parent}")
    if file.is_dir():
        raise StoreError(f"cannot write {file}: it is a folder, name a file in it")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise StoreError(f"cannot write {file}: permission denied")


def _settings_json(settings: Settings, origins: Mapping[str, str]) -> str:
    values = {
        field.name: {"value": _plain(getattr(settings, field.name)), "origin": origins.get(field.name, "default")}
        for field in dataclasses.fields(settings)
    }
    return json.dumps(values, indent=2) + "\n"


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _compare(report: Report, stable: StablePlans) -> Report:
    """Say so where a plan was found for another state of the program: it may still hold, but was not proved to."""
    now = to_json(dict(report.target.get("fingerprint") or {}))
    changed = sorted(key for key, value in stable.fingerprint.items() if key in now and now[key] != value)
    if not changed:
        return report
    note = f"the plan was found for another state of this program ({', '.join(changed)} differ)"
    return dataclasses.replace(report, notes=(*report.notes, note))

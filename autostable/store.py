"""Run folders: where a run keeps its report, its page, its plan, its capsule and the evidence that its causes rest on.

    <run_dir>/.gitignore
    <run_dir>/runs/20261101T101500.123-train-a1b2c3/{report.json, report.html, stable.json, evidence.json, ...}

Every file is written beside its place, brought to the disk and then moved there, so that a reader (or a kill, or a crash of
the machine) never meets half a file. Folder names sort by time; the latest one is simply the last.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autostable import jsontext
from autostable._version import __version__
from autostable.errors import StoreError, did_you_mean
from autostable.journal import sync_folder
from autostable.records import Plan, Remedy, Report, from_json, to_json

STABLE_SCHEMA = "autostable/stable-1"
LARGEST = 256 << 20  # bytes of a file that is read as JSON: the report of a tuner with a thousand trials has 20 MiB
REPORT, PAGE, STABLE, EVIDENCE = "report.json", "report.html", "stable.json", "evidence.json"
CAPSULE_SCHEMA = "autostable/capsule-1"
ARGUMENT = 4 << 20  # bytes of one argument that a capsule keeps
Stamp = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class StablePlans:
    """What stable.json holds: the plan of each training of one target.

    Attributes:
        fingerprint: Of the target that the plans were found for.
        plans: For each training of the script (its number, from "0") the plan.
        created: When, ISO 8601 in UTC.
        versions: Of autostable, Python, TensorFlow and Keras then.
    """

    fingerprint: Mapping[str, Any]
    plans: Mapping[str, Plan]
    created: str
    versions: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class RunFolder:
    """The folder of one run."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def write(self, name: str, content: str | bytes) -> Path:
        """Write one file of the run, atomically.

        Raises:
            StoreError: If it cannot be written.
        """
        return write_file(self.path / name, content)

    def read_report(self) -> Report:
        """Read the run's report.

        Raises:
            StoreError: If there is none, or it is damaged.
        """
        file = self.path / REPORT
        if not file.is_file():
            raise StoreError(f"run {self.name} has no {REPORT}: it is still running, or was killed")
        value = read_json(file, "run the training again to get a new one")
        try:
            return from_json(value, Report)
        except ValueError as error:
            reason = str(error).splitlines()[0]
            raise StoreError(f"{file} is not a report this version understands: {reason}") from None


class RunStore:
    """All run folders below one `run_dir`."""

    def __init__(self, run_dir: Path) -> None:
        self.root = run_dir
        self.folder = run_dir / "runs"

    def create(self, name: str) -> RunFolder:
        """Make the folder of a new run.

        Args:
            name: Of the target; goes into the folder's name as far as it can.

        Raises:
            StoreError: If the folder cannot be made or written.
        """
        now = datetime.datetime.now(datetime.UTC)
        stamp = f"{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03d}"
        slug = re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:40] or "run"
        path = self.folder / f"{stamp}-{slug}-{secrets.token_hex(3)}"
        try:
            path.mkdir(parents=True)
            ignore = self.root / ".gitignore"
            if not ignore.exists():  # runs are nobody's source
                write_file(ignore, "*\n")
            probe = path / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StoreError(f"cannot write to the run folder {path}: {error.strerror or error}") from None
        return RunFolder(path)

    def runs(self) -> list[RunFolder]:
        """All runs, oldest first."""
        try:
            return [RunFolder(path) for path in sorted(self.folder.iterdir()) if path.is_dir()]
        except OSError:
            return []

    def find(self, name: str | None = None) -> RunFolder:
        """Find a run.

        Args:
            name: Its folder's name or a unique part of it, or a path to the folder or its report;
                None (or "latest") is the latest run that has a report.

        Raises:
            StoreError: If there is no such run, or more than one.
        """
        if name is None or name == "latest":
            return self._latest()
        runs = self.runs()
        for match in (
            [run for run in runs if run.name == name],
            [run for run in runs if name in run.name],
        ):
            if len(match) == 1:
                return match[0]
            if match:
                shown = ", ".join(run.name for run in match[-5:])
                raise StoreError(f"{len(match)} runs are called like {name!r}; the last of them: {shown}")
        path = Path(name)
        if path.is_dir() and (path / REPORT).is_file():
            return RunFolder(path)
        if path.name == REPORT and path.is_file():
            return RunFolder(path.parent)
        hint = did_you_mean(name, [run.name for run in runs])
        raise StoreError(f"there is no run {name!r} in {self.folder}{hint or ' (autostable show --list lists them)'}")

    def _latest(self) -> RunFolder:
        runs = self.runs()
        for run in reversed(runs):
            if (run.path / REPORT).is_file():
                return run
        if runs:
            raise StoreError(f"no run in {self.folder} has a report yet; the latest is {runs[-1].name}")
        raise StoreError(f"there are no runs in {self.folder}; is --run-dir right?")


def write_file(path: Path, content: str | bytes) -> Path:
    """Write a file so that it is there in whole or not at all.

    Raises:
        StoreError: If it cannot be written.
    """
    # arguments and names of files need not be UTF-8: what is not stands as it would in a JSON string
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
            sync_folder(path.parent)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from None
    return path


def stable_plans(report: Report) -> StablePlans:
    """What `apply` needs to know of a repaired target."""
    plans = report.plans or ({"0": report.plan} if report.plan else {})
    kept = ("python", "tensorflow", "keras")
    versions = {name: str(report.environment[name]) for name in kept if name in report.environment}
    return StablePlans(
        fingerprint=dict(report.target.get("fingerprint") or {}),
        plans=plans,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        versions={"autostable": __version__, **versions},
    )


def stable_json(stable: StablePlans) -> str:
    """The text of stable.json."""
    value = {"schema": STABLE_SCHEMA, **to_json(stable)}
    return json.dumps(value, indent=2, allow_nan=False) + "\n"


def write_stable(path: Path, stable: StablePlans) -> Path:
    """Write stable.json.

    Raises:
        StoreError: If it cannot be written.
    """
    return write_file(path, stable_json(stable))


def read_stable(path: Path) -> StablePlans:
    """Read stable.json.

    Raises:
        StoreError: If it is not there, damaged, or not of this kind; one sentence that says what is
            wrong, where, and what to do.
    """
    advice = "take it from its run folder again, or make a new one with `autostable run`"
    value = read_json(path, advice)
    if not isinstance(value, dict):
        raise StoreError(f"{path} is not a stable.json: it holds {_kind(value)}, not an object; {advice}")
    schema = value.get("schema")
    if schema != STABLE_SCHEMA:
        found = f"its schema is {schema!r}" if schema is not None else "it has no schema"
        raise StoreError(f"{path} is not a stable.json of this version: {found}, not {STABLE_SCHEMA!r}; {advice}")

    def table(key: str) -> dict[str, Any]:
        part = value.get(key, {})
        if not isinstance(part, dict):
            raise StoreError(f"{path} is damaged: {key!r} is {_kind(part)}, not an object; {advice}")
        return part

    if "plans" not in value:
        raise StoreError(f"{path} is damaged: it has no 'plans'; {advice}")
    plans = {}
    for number, plan in table("plans").items():
        if not number.isdecimal():
            raise StoreError(f"{path} is damaged: plans has the key {number!r}, not the number of a fit; {advice}")
        plans[number] = _read_plan(path, f"plans.{number}", plan, advice)
    return StablePlans(
        fingerprint=table("fingerprint"),
        plans=plans,
        created=str(value.get("created", "")),
        versions={key: str(version) for key, version in table("versions").items()},
    )


def _read_plan(path: Path, where: str, plan: Any, advice: str) -> Plan:
    if not isinstance(plan, list):
        raise StoreError(f"{path} is damaged: {where} is {_kind(plan)}, not a list of remedies; {advice}")
    remedies = []
    for index, entry in enumerate(plan):
        here = f"{where}[{index}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise StoreError(f"{path} is damaged: {here} has no name of a remedy; {advice}")
        parameters = entry.get("parameters", {})
        if not isinstance(parameters, dict):
            raise StoreError(f"{path} is damaged: {here}.parameters is {_kind(parameters)}, not an object; {advice}")
        remedies.append(Remedy(entry["name"], parameters))
    return tuple(remedies)


def read_json(path: Path, advice: str) -> Any:
    """The value of a file of JSON that anybody may have written.

    Args:
        path: The file.
        advice: What to do where it is damaged.

    Raises:
        StoreError: If it is not there, too large, damaged or hostile; one sentence.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise StoreError(f"{path} is damaged: it is larger than {LARGEST >> 20} MiB; {advice}")
        return jsontext.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StoreError(f"there is no file {path}") from None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise StoreError(f"{path} is damaged: it is not text (byte {error.start}); {advice}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise StoreError(f"{path} is damaged: {error.msg.removesuffix(' at')} at {where}; {advice}") from None
    except ValueError as error:
        raise StoreError(f"{path} is damaged: {error}; {advice}") from None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def stamp_of(path: Path) -> Stamp | None:
    """What tells one state of a file from another, its size and time; None where there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns

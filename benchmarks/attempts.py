"""Runs of whole programs for the benchmarks, each in a process of its own, forked after the imports.

Python's fork server imports TensorFlow once, before it makes any thread of its own; every run is a fork of it and
goes through `autostable.execution.child` as that of `autostable run` does. So a run costs no import, and one
program cannot leave anything behind for the next.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import multiprocessing
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autostable.config import Settings
from autostable.execution import supervisor
from autostable.execution.job import Job, Outcome
from autostable.execution.runlog import RunLog
from autostable.execution.runner import Runner
from autostable.execution.signals import Heeded
from autostable.execution.targets import Target
from autostable.execution.wire import Listening
from autostable.orders import Orders
from autostable.records import Report, from_json, to_json

IMPORTS = ("sklearn.datasets", "sklearn.model_selection", "sklearn.preprocessing", "tensorflow", "keras",
           "autostable.execution.child", "autostable_strategies")  # fmt: skip
Logs = list[dict[str, float]]


@dataclasses.dataclass(frozen=True)
class Case:
    """A folder with `train.py` and `case.json` (tests/cases/README.md)."""

    folder: Path
    data: Path | None
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def control(self) -> bool:
        return self.facts.get("class", "control") == "control"

    @property
    def target(self) -> Target:
        return Target("script", str(self.folder / "train.py"))


def cases(folder: Path, data: Path | None, only: tuple[str, ...] = ()) -> list[Case]:
    """The cases of a folder, by name."""
    found = sorted(path.parent.resolve() for path in folder.glob("*/case.json"))
    return [
        Case(path, data, json.loads((path / "case.json").read_text(encoding="utf-8")))
        for path in found
        if not only or path.name.startswith(only)
    ]


def as_good(metric: float | None, facts: dict[str, Any]) -> bool | None:
    """Whether a metric is within 5 points of the human fix's (25 % for an error measure); None: there is no fix."""
    target = facts.get("fixed_metric")
    if target is None:
        return None
    if metric is None or metric != metric or abs(metric) == float("inf"):
        return False
    if facts.get("higher_is_better", True):
        return bool(metric >= target - max(0.05, 0.05 * abs(target)))
    return bool(metric <= target * 1.25 + 1e-9)


def metric_of(text: str) -> float | None:
    """The last FINAL_METRIC that a program printed."""
    found = re.findall(r"^FINAL_METRIC=\S*?:?([^:\s]+)$", text, re.M)
    try:
        return float(found[-1]) if found else None
    except ValueError:
        return None


class CaseRunner(Runner):
    """Runs one case as often as asked (see `execution.runner.Runner`), each time in a fork.

    Attributes:
        output: What the last run that was not a probe printed.
        logs: What Keras' History saw in the last run, epoch by epoch, all fits in a row.
    """

    def __init__(self, case: Case, timeout: float) -> None:
        super().__init__(case.target, RunLog(None, {}), Heeded())
        self._case, self._timeout = case, timeout
        self._server = multiprocessing.get_context("forkserver")
        self._server.set_forkserver_preload(list(IMPORTS))
        self.output = ""
        self.logs: Logs = []

    def run(self, orders: Orders, *, quiet: bool = False, seconds: float | None = None) -> Outcome:
        """Run it once (see `execution.runner.Runner.run`)."""
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            scratch = Path(name)
            target = self._target
            heard: dict[str, Any] = {}
            wire = Listening(heard.__setitem__)
            process = self._server.Process(
                target=_child, args=(wire.theirs, scratch, self._case.folder, self._case.data)
            )
            process.start()
            wire.begin(Job(target.kind, target.path_or_name, target.arguments, orders))
            process.join(min(self._timeout, seconds or self._timeout))
            late = process.is_alive()
            if late:
                process.kill()
                process.join()
            wire.end()
            if late:
                return Outcome("timed-out", 124)
            if not quiet:
                self.output = _read(scratch / "output.txt")
            self.logs = json.loads(_read(scratch / "logs.json") or "[]")
            if "outcome" in heard:
                return from_json(heard["outcome"], Outcome)
            return Outcome("died", process.exitcode or 1, notes=(_read(scratch / "output.txt")[-300:],))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _child(theirs: socket.socket, scratch: Path, folder: Path, data: Path | None) -> None:
    """In the fork: run the job as `autostable run`'s child process does."""
    sink = os.open(scratch / "output.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    if data is not None:
        os.environ["CASE_DATA"] = str(data)
    sys.argv = ["benchmark", str(theirs.fileno())]
    logs = _recorded()
    from autostable.execution import child

    status = 1
    try:
        status = child.main()
    finally:
        (scratch / "logs.json").write_text(json.dumps(to_json(logs)), encoding="utf-8")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _recorded() -> Logs:
    """What History hears at the end of each epoch, from now on."""
    import keras

    logs: Logs = []
    original = keras.callbacks.History.on_epoch_end

    def kept(self: Any, epoch: int, heard: dict[str, Any] | None = None) -> None:
        logs.append({name: float(value) for name, value in (heard or {}).items() if not hasattr(value, "__len__")})
        original(self, epoch, heard)

    keras.callbacks.History.on_epoch_end = kept
    return logs


@contextlib.contextmanager
def _within(runner: CaseRunner, folder: Path) -> Iterator[None]:
    """The supervisor runs its children through this runner, in this folder."""
    before, place = supervisor.Runner, Path.cwd()
    supervisor.Runner = lambda *given, **options: runner  # type: ignore[assignment, misc]
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(place)
        supervisor.Runner = before  # type: ignore[misc]


def autostable_on(case: Case, settings: Settings, timeout: float) -> tuple[Report, str, float]:
    """What `autostable run train.py` does, with the runs forked: its report, the output, the seconds."""
    runner = CaseRunner(case, timeout)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="benchmark-run-") as scratch, _within(runner, case.folder):
        report = supervisor.supervise(case.target, settings, "run", None, Path(scratch))
    return report, runner.output, time.monotonic() - began


def guilty(report: Report, case: Case) -> bool | None:
    """Whether the failure's site, or that of the first cause, is the line that the case names; None: it names none."""
    if not case.facts.get("site"):
        return None
    lines = (case.folder / "train.py").read_text(encoding="utf-8").splitlines()
    wanted = {number for number, line in enumerate(lines, 1) if case.facts["site"] in line}
    sites = [report.site, *(cause.site for cause in report.causes[:1])]
    return any(site is not None and site.line in wanted and str(site.file).endswith("train.py") for site in sites)

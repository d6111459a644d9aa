"""Runs the scripted program under the real command line, kills it, and checks what must hold whatever was killed and when."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autostable import journal
from autostable.execution.runlog import NAME, OF, UNTOLD, progress
from tests.execution.conftest import environment
from tests.faults import scripted

OWN = {"train.py", "data.csv", "attempts.log", "weights.txt", "child.pid", "out", "err", ".autostable", "tmp"}
Key = tuple[str, ...]


class Server:
    """The process that forks the command line."""

    def __init__(self, folder: Path) -> None:
        self.tmp = folder / "tmp"
        self.tmp.mkdir()
        env = environment(TMPDIR=str(self.tmp))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.scripted"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=env, cwd=scripted.ROOT, start_new_session=True,
        )  # fmt: skip

    def ask(self, **asked: Any) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


class Bed:
    """A folder in which the scripted program is run, and killed."""

    def __init__(self, server: Server, folder: Path) -> None:
        folder.mkdir()
        self.folder, self._server = folder, server
        (folder / "train.py").write_text(scripted.SCRIPT)
        (folder / "data.csv").write_text("1,2\n")

    def call(
        self, *arguments: str, until: Callable[[], bool] | None = None, kill: str = "", largest: int | None = None,
        waits: bool = True,
    ) -> int:  # fmt: skip
        """One call of the command line; killed as soon as `until` holds. Its exit status, negative for a signal."""
        asked = ["run", "--output-format", "json", "--output-file", "-", *arguments, "train.py"]
        pid = self.pid = self._server.ask(begin=str(self.folder), arguments=asked, largest=largest)
        while until is not None and not ended(pid):
            if until():
                if kill:
                    self._kill(pid, kill)
                break
            time.sleep(0.001)
        status = self._server.ask(wait=pid)
        if waits:
            self._child_is_gone()
        return status

    def _kill(self, pid: int, kind: str) -> None:
        who, _, name = kind.partition(" ")
        number = signal.Signals[f"SIG{name}"]
        with contextlib.suppress(ProcessLookupError, ValueError, FileNotFoundError):
            if who == "group":
                os.killpg(pid, number)
            else:
                os.kill(pid if who == "supervisor" else int((self.folder / "child.pid").read_text()), number)

    def _child_is_gone(self) -> None:
        """No training goes on when the supervisor has ended."""
        with contextlib.suppress(ValueError, FileNotFoundError):
            child = int((self.folder / "child.pid").read_text())
            until = time.monotonic() + 20
            while not ended(child):
                assert time.monotonic() < until, "a child outlives its supervisor"
                time.sleep(0.005)

    # -- what is seen --------------------------------------------------------------------------

    @property
    def runs(self) -> list[Path]:
        return sorted((self.folder / ".autostable" / "runs").glob("*"))

    def records(self) -> list[Any]:
        """Of the journals of all runs; each can be read, whatever was killed."""
        return [record for run in self.runs for record in journal.read(run / NAME, OF)]

    def executed(self) -> list[Key]:
        """What the program has done, in order."""
        file = self.folder / scripted.DONE
        lines = file.read_text().splitlines() if file.exists() else []
        return [tuple(line.split(" ", 3)) for line in lines if line.count(" ") >= 3]

    def kept(self) -> set[Key]:
        """The attempts that need not be made again, by the journals; the last of a run may, if it was being looked into."""
        found: set[Key] = set()
        last: dict[int, Any] = {}
        for record in [*self.records(), {"asked": None}]:
            if "tried" in record:
                last[record["tried"]["place"]] = record["tried"]
            elif "asked" in record:
                told = [each for _, each in sorted(last.items())]
                if told and told[-1]["tried"]["attempt"]["outcome"] == "unstable" and not told[-1]["tried"]["located"]:
                    told.pop()
                found |= {_key(each["training"], each["tried"]["attempt"], each["tried"]["limit"]) for each in told}
                last = {}
        return found

    def asked(self) -> list[Any]:
        """Runs of the program that came to an end which says something of it."""
        found, last = [], None
        for record in self.records():
            last = record.get("asked", last)
            if "outcome" in record and record["outcome"]["ended"] not in UNTOLD:
                found.append(json.dumps(last, sort_keys=True))
        return found

    @property
    def finished(self) -> bool:
        """Whether the last run has come to its end, with its report in its folder."""
        last = progress(self.runs[-1]) if self.runs else None
        return last is not None and last.closed

    def report(self) -> dict[str, Any] | None:
        """The report of the last run, without what differs from call to call."""
        files = [run / "report.json" for run in self.runs if (run / "report.json").exists()]
        return None if not files else plain(json.loads(files[-1].read_text()))

    def printed(self) -> dict[str, Any]:
        """The report that the last call has printed, likewise."""
        text = (self.folder / "out").read_text()
        return plain(json.loads(text[text.rindex('{\n  "schema"') :]))

    def check(self) -> None:
        """What holds at any moment."""
        assert (self.folder / "train.py").read_text() == scripted.SCRIPT
        assert (self.folder / "data.csv").read_text() == "1,2\n"
        assert {path.name for path in self.folder.iterdir()} <= OWN
        self.records()
        for run in self.runs:
            for file in run.rglob("*.json"):
                if not file.name.startswith("."):
                    json.loads(file.read_text())
        assert "Traceback" not in (self.folder / "err").read_text(), (self.folder / "err").read_text()


def _key(training: int, attempt: Any, limit: int | None) -> Key:
    text = json.dumps([[step["name"], step["parameters"]] for step in attempt["plan"]], sort_keys=True)
    return (str(training), attempt["kind"], str(limit), text)


def ended(pid: int) -> bool:
    """Whether a process is gone, or only waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def plain(report: dict[str, Any]) -> dict[str, Any]:
    """A report without seconds and names of folders."""
    told = {key: value for key, value in report.items() if key != "files"}
    told["cost"] = {key: value for key, value in told["cost"].items() if key != "seconds"}
    told["attempts"] = [{key: value for key, value in each.items() if key != "seconds"} for each in told["attempts"]]
    return told

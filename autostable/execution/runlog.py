"""What is known of a run, in its folder as soon as it is known; and what of it a later call need not do again.

    <run folder>/journal.jsonl    begun; for each run of the script asked, tried, healed, story, outcome; closed
    <run folder>/lock             held as long as somebody works on it

Whatever ends the supervisor, `--resume` goes on: runs that came to their end are answered from the journal, and a run that was
cut off is told what it had tried.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import filelock

from autostable import journal
from autostable._version import __version__
from autostable.errors import StoreError
from autostable.execution.job import Healed, Outcome, Told
from autostable.journal import Journal
from autostable.orders import Orders, Tried
from autostable.records import Intervention, from_json, to_json
from autostable.store import REPORT
from autostable.story import Story

PATIENCE = 2.0  # seconds that a call which was killed may take to be gone, with all that it has begun
NAME, LOCK, OF = "journal.jsonl", "lock", "run"
UNTOLD = ("interrupted", "killed")  # how a run ends that says nothing of the program: it is run again


@dataclasses.dataclass(frozen=True)
class Asked:
    """One run of the target: what makes two of them the same."""

    orders: Orders
    quiet: bool = False

    def key(self) -> Any:
        """As JSON, without what only says where things are kept."""
        return to_json(
            dataclasses.replace(self, orders=dataclasses.replace(self.orders, capsule=None, known={}, healed={}))
        )


@dataclasses.dataclass
class _Run:
    """What a journal tells of one run of the target."""

    key: Any
    stories: dict[int, Story] = dataclasses.field(default_factory=dict)
    tried: dict[str, dict[int, Tried]] = dataclasses.field(default_factory=dict)
    healed: dict[str, dict[int, Intervention]] = dataclasses.field(default_factory=dict)
    outcome: Outcome | None = None

    def hear(self, what: str, value: Any) -> None:
        """Take up one thing that its child said.

        Raises:
            ValueError: If it is not what a child says.
        """
        if what == "story":
            story = from_json(value, Story)
            self.stories[story.number] = story
        elif what == "tried":
            told = from_json(value, Told)
            self.tried.setdefault(str(told.training), {})[told.place] = told.tried
        elif what == "healed":
            done = from_json(value, Healed)
            self.healed.setdefault(str(done.training), {})[done.place] = done.intervention
        elif what == "outcome":
            self.outcome = from_json(value, Outcome)


class RunLog:
    """The journal of one run; without a folder, what is known in this process.

    Attributes:
        trouble: Why it can no longer be kept, in one sentence; empty where all is well.
    """

    def __init__(self, folder: Path | None, identity: Any) -> None:
        """Open the journal of a run folder.

        Args:
            folder: The run's; None keeps nothing.
            identity: JSON that says what is run; see `identity_of`.

        Raises:
            StoreError: If another call is at work there, or it cannot be written.
        """
        self.trouble = ""
        self._journal: Journal | None = None
        self._lock: filelock.BaseFileLock | None = None
        self._runs: list[_Run] = []  # of earlier calls
        self._cut: list[_Run] = []  # of this one
        if folder is None:
            return
        self._lock = _locked(folder)
        try:
            self._journal = Journal(folder / NAME, OF)
        except BaseException:
            self._lock.release()
            raise
        self._runs = _runs_in(self._journal.records)
        if not _is_closed(
            self._journal.records
        ):  # what was known when it was cut off; the report is the sign of its end
            with contextlib.suppress(OSError):
                (folder / REPORT).unlink(missing_ok=True)
        self._add({"resumed": identity["versions"]} if self._journal.records else {"begun": identity})

    # -- what need not be done again -----------------------------------------------------------

    def recalled(self, asked: Asked) -> Outcome | None:
        """How such a run ended, if it was done before; each is told once."""
        key = asked.key()
        for run in self._runs:
            if run.key == key and run.outcome is not None and run.outcome.ended not in UNTOLD:
                self._runs.remove(run)
                return run.outcome
        return None

    def known(self, asked: Asked) -> Mapping[str, tuple[Tried, ...]]:
        """What such runs had tried before they were cut off, by training, oldest first."""
        key = asked.key()
        found: dict[str, tuple[Tried, ...]] = {}
        for run in [*self._runs, *self._cut]:
            if run.key == key and (run.outcome is None or run.outcome.ended in UNTOLD):
                for number, tried in run.tried.items():
                    found[number] = (*found.get(number, ()), *_whole(tried))
        return found

    def healed(self, asked: Asked) -> Mapping[str, tuple[Intervention, ...]]:
        """What was done while such runs went on, in the latest that was cut off, by training, oldest first."""
        key = asked.key()
        cut = [
            run for run in (*self._runs, *self._cut)
            if run.key == key and run.healed and (run.outcome is None or run.outcome.ended in UNTOLD)
        ]  # fmt: skip
        found = cut[-1].healed if cut else {}
        return {number: tuple(each for _, each in sorted(done.items())) for number, done in found.items()}

    # -- what becomes known --------------------------------------------------------------------

    def begin(self, asked: Asked) -> Hearing:
        """A run begins; what it says goes to what is returned."""
        run = _Run(asked.key())
        self._cut.append(run)
        self._add({"asked": run.key})
        return Hearing(run, self._add)

    def close(self, verdict: str) -> None:
        """The report is there: nothing is left to go on with."""
        self._add({"closed": verdict})

    def leave(self) -> None:
        """Let go of the run folder."""
        if self._journal is not None:
            self._journal.close()
        self._journal = None
        if self._lock is not None:
            self._lock.release()

    def _add(self, record: Any) -> None:
        if self._journal is None:
            return
        try:
            self._journal.add(record)
        except StoreError as error:  # the training goes on; who reads the report is told
            self.trouble = f"What this run has tried is not kept ({error}), so that it cannot be resumed."
            self._journal.close()
            self._journal = None


class Hearing:
    """Hears what a child says and has it kept."""

    def __init__(self, run: _Run, add: Any) -> None:
        self._run, self._add = run, add

    def hear(self, what: str, value: Any) -> None:
        """Keep one thing; called in the thread that listens, so it raises nothing."""
        with contextlib.suppress(ValueError):  # a program that writes to a descriptor which is not its own
            self._run.hear(what, value)
            if what != "outcome":  # who runs it may know better how it ended
                self._add({what: value})

    @property
    def outcome(self) -> Outcome | None:
        """How the child says that it ended."""
        return self._run.outcome

    @property
    def stories(self) -> tuple[Story, ...]:
        """Those that it has told so far."""
        return tuple(story for _, story in sorted(self._run.stories.items()))

    def ended(self, outcome: Outcome) -> None:
        """Keep how the run ended."""
        self._run.outcome = outcome
        self._add({"outcome": to_json(outcome)})


def _whole(tried: Mapping[int, Tried]) -> list[Tried]:
    """What a run had tried; of one that was cut off, without an attempt whose failure was not looked into any more."""
    found = [each for _, each in sorted(tried.items())]
    if found and not found[-1].attempt.stable and not found[-1].located:
        found.pop()
    return found


def _locked(folder: Path) -> filelock.BaseFileLock:
    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=PATIENCE)
    except filelock.Timeout:
        raise StoreError(f"another call is at work on the run {folder.name}; wait until it has ended") from None
    except OSError as error:
        raise StoreError(f"cannot write to the run folder {folder}: {error.strerror or error}") from None
    return lock


def _runs_in(records: list[Any]) -> list[_Run]:
    """The runs that a journal tells of; what no run said is passed over."""
    runs: list[_Run] = []
    for record in records:
        ((what, value),) = record.items() if isinstance(record, dict) and len(record) == 1 else (("", None),)
        if what == "asked":
            runs.append(_Run(value))
        elif runs:
            with contextlib.suppress(ValueError):
                runs[-1].hear(what, value)
    return runs


def identity_of(described: Mapping[str, Any], orders: Orders, cwd: Path, **more: Any) -> dict[str, Any]:
    """What two calls must agree in for the second to go on with the first."""
    packages = {name: importlib.metadata.version(name) for name in ("tensorflow", "keras", "numpy")}
    versions = {"autostable": __version__, "python": platform.python_version(), **packages}
    return {"target": dict(described), "asked": Asked(orders).key(), "cwd": str(cwd), "versions": versions, **more}


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far the run in a folder has come.

    Attributes:
        identity: What was run (see `identity_of`).
        closed: Its report is there: nothing is left to go on with.
    """

    identity: Any
    closed: bool


def progress(folder: Path, wanted: Any = None) -> Progress | None:
    """How far the run in a folder has come.

    Args:
        folder: Of the run.
        wanted: The identity that is looked for; of others no more than the beginning is read.

    Returns:
        None where its journal does not tell, or where it is the run of something else.
    """
    try:
        begun = _begun(journal.read(folder / NAME, OF, most=1))
        if begun is None or (wanted is not None and begun != wanted):
            return None
        records = journal.read(folder / NAME, OF)
    except StoreError:
        return None
    return Progress(begun, _is_closed(records) and (folder / REPORT).is_file())


def _is_closed(records: list[Any]) -> bool:
    """Whether the last call on a run came to its end; one that went on from there may have been cut off in its turn."""
    marks = [each for each in records if isinstance(each, dict) and each.keys() & {"closed", "resumed"}]
    return bool(marks) and "closed" in marks[-1]


def _begun(records: list[Any]) -> Any | None:
    first = records[0] if records else None
    return first.get("begun") if isinstance(first, dict) else None

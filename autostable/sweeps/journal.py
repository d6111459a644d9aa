"""The journal of a sweep's repair: one line an outcome, written as soon as it is known.

Whoever is killed, the same command reads the journal and goes on with what is not in it. A kill loses nothing that was
written; for a crash of the machine it is brought to the disk as well: at once, or ten times a second where outcomes come
in by the hundred.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import filelock

from autostable.errors import StoreError
from autostable.records import from_json, to_json
from autostable.sweeps.items import Outcome

NAME = "journal.jsonl"
SYNC = 0.1  # seconds between two times that the disk is waited for


class Journal:
    """Outcomes by key. Only one repair of a sweep may run at a time.

    Raises:
        StoreError: If another one is at work on it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / NAME
        self._lock = filelock.FileLock(folder / "lock")
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            raise StoreError(f"another `autostable sweep repair` is at work in {folder}") from None
        self.outcomes: dict[str, Outcome] = {outcome.key: outcome for outcome in read(folder)}
        self._stream = self._path.open("a", encoding="utf-8")
        self._turn = threading.Lock()
        self._synced, self._later = 0.0, False
        if self._path.stat().st_size and not self._path.read_bytes().endswith(b"\n"):
            self._stream.write("\n")  # what a kill left half written stays a line of its own, and is skipped

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome."""
        with self._turn:
            self._stream.write(json.dumps(to_json(outcome), allow_nan=False) + "\n")
            self._stream.flush()
            self.outcomes[outcome.key] = outcome
            if self._later:
                return
            if time.monotonic() - self._synced >= SYNC:
                self._sync()
                return
            self._later = True
        timer = threading.Timer(SYNC, self._sync_later)
        timer.daemon = True
        timer.start()

    def _sync_later(self) -> None:
        with self._turn:
            if self._later and not self._stream.closed:
                self._sync()

    def _sync(self) -> None:
        self._later = False
        os.fsync(self._stream.fileno())
        self._synced = time.monotonic()

    def finish(self) -> None:
        """All that it holds is written back: the next repair must not take it for its own."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the sweep."""
        with self._turn:
            self._sync()
            self._stream.close()
        self._lock.release()


def read(folder: Path) -> list[Outcome]:
    """The outcomes that a journal holds; a half-written line is skipped."""
    try:
        lines = (folder / NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(from_json(json.loads(line), Outcome))
        except ValueError:
            continue
    return found

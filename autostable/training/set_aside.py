"""What callbacks wrote during a run that failed does not mix with the run that counts: it is set aside.

A backup would be gone on from, a log appended to, curves drawn over each other. So before a plan is run in full the files
that the fit's callbacks wrote since its start are moved into the run folder, and those that were there before have their
content again. Where an earlier run is gone back to, its files are, too.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autostable.store import Stamp, stamp_of

_log = logging.getLogger("autostable")
MOST_KEPT = 64 * 2**20  # bytes of files from before that are kept, so that they can be put back
MOST_FILES = 10_000
_FOLDERS = ("log_dir", "backup_dir", "directory", "logdir", "checkpoint_dir", "output_dir", "save_dir")
_FILES = ("filepath", "filename", "path", "file_path", "save_path", "log_file")


class WrittenFiles:
    """The files of a fit's callbacks.

    Args:
        callbacks: Those of the user's.
        folder: Where files are set aside; None is a temporary folder, made when it is needed.
    """

    def __init__(self, callbacks: Sequence[Any], folder: Path | None) -> None:
        self._callbacks = callbacks
        self._folder = folder
        self._before: dict[Path, Stamp] = {}
        self._contents: dict[Path, bytes] = {}
        self._aside: dict[int, dict[Path, Path]] = {}
        self._latest = 0
        self.generation = 0  # of the run whose files are in their places
        with contextlib.suppress(OSError):
            self._remember()

    @property
    def folder(self) -> Path | None:
        """Where files of runs that do not count lie; None where there are none."""
        return self._folder if any(self._aside.values()) else None

    def set_aside(self) -> None:
        """Take away what was written since the start of the fit, and put back what was there before."""
        for callback in self._callbacks:
            _settled(callback)
        moved: dict[Path, Path] = {}
        for path in self._changed():
            try:
                moved[path] = self._moved(path, len(moved))
            except (OSError, shutil.Error) as error:  # a full disk: the run is worth more than its logs
                _log.debug("%s could not be set aside", path, exc_info=error)
        if moved:
            self._aside[self.generation] = moved
        self._latest += 1
        self.generation = self._latest
        for callback in self._callbacks:
            _read_again(callback)

    def _moved(self, path: Path, number: int) -> Path:
        place = self._place(number, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, place)
        if path in self._contents:
            path.write_bytes(self._contents[path])
            os.utime(path, ns=(self._before[path][1], self._before[path][1]))
        else:
            _without_empty(path.parent, self._roots())
        return place

    def back_to(self, generation: int) -> None:
        """Have the files of an earlier run in their places again."""
        if generation == self.generation:
            return
        self.set_aside()
        for path, place in self._aside.pop(generation, {}).items():
            with contextlib.suppress(OSError, shutil.Error):
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(place, path)
        self.generation = generation
        for callback in self._callbacks:
            _read_again(callback)

    def _remember(self) -> None:
        left = MOST_KEPT
        for path in self._existing():
            stamp = stamp_of(path)
            if stamp is None:
                continue
            self._before[path] = stamp
            if stamp[0] <= left:
                self._contents[path] = path.read_bytes()
                left -= stamp[0]

    def _changed(self) -> list[Path]:
        return [path for path in self._existing() if stamp_of(path) != self._before.get(path)]

    def _place(self, number: int, path: Path) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="autostable-set-aside-"))
        return self._folder / f"run-{self.generation}" / str(number) / path.name

    def _roots(self) -> list[Path]:
        return [root for callback in self._callbacks for root, pattern in _places(callback) if pattern is None]

    def _existing(self) -> list[Path]:
        found: dict[Path, None] = {}
        for callback in self._callbacks:
            for root, pattern in _places(callback):
                for path in _below(root, pattern):
                    found[path] = None
                    if len(found) > MOST_FILES:  # no folder of one training's logs
                        return []
        return list(found)


def _places(callback: Any) -> Iterator[tuple[Path, re.Pattern[str] | None]]:
    """Folders that are a callback's own, and folders in which files of some names are."""
    for name in _FOLDERS:
        value = _path_of(callback, name)
        if value is not None:
            yield value, None
    for name in _FILES:
        value = _path_of(callback, name)
        if value is not None and value.name:
            fixed = re.split(r"\{[^{}]*\}", value.name)
            yield value.parent, re.compile(".*".join(map(re.escape, fixed)) + r"(?:\.autostable\.json)?\Z")


def _path_of(callback: Any, name: str) -> Path | None:
    value = vars(callback).get(name) if hasattr(callback, "__dict__") else None
    if not isinstance(value, str | os.PathLike) or "://" in str(value) or not str(value):
        return None
    return Path(os.path.abspath(value))


def _below(root: Path, pattern: re.Pattern[str] | None) -> Iterator[Path]:
    if pattern is not None:
        with contextlib.suppress(OSError):
            yield from sorted(path for path in root.iterdir() if pattern.match(path.name) and path.is_file())
        return
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            if "tfevents" not in name or f".{os.getpid()}." in name:  # curves of other runs lie there as well
                yield Path(folder) / name


def _without_empty(folder: Path, roots: Sequence[Path]) -> None:
    """Take away folders that hold nothing any more, up to the callback's own."""
    while any(folder == root or folder.is_relative_to(root) for root in roots):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _settled(callback: Any) -> None:
    """Wait for what a callback still writes in the background (Orbax)."""
    wait = getattr(callback, "wait_until_finished", None)
    if callable(wait):
        with contextlib.suppress(Exception):  # what it could not write is told by the callback itself, at its end
            wait()


def _read_again(callback: Any) -> None:
    """Orbax' keeper remembers the steps that lay in its folder."""
    again = getattr(getattr(callback, "checkpointer", None), "reload", None)
    if callable(again):
        with contextlib.suppress(Exception):  # of a folder that was never made
            again()

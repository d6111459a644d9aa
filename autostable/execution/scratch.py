"""A copy of a program's folder as it was before its run, so that another run overwrites nothing of the user's.

What the run has made is left out: a checkpoint that a callback finds would be gone on from. Data that the run has left
alone, and which would be too much to copy, are linked; a program that did not write them once does not write them now.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from autostable.store import Stamp, stamp_of

MOST_FILES = 50_000
SMALL = 16 * 2**20  # bytes of a file that is copied
MOST_COPIED = 2**30  # bytes of all of them
CROWD = 1_000  # entries of a folder of data, which is linked as a whole
_LEFT_OUT = (
    "__pycache__",
    "node_modules",
    ".git",
    ".hg",
    ".svn",
    ".tox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
)


class TooLargeError(Exception):
    """A folder holds more than can be copied; the text says what."""


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder as it is before a run.

    Attributes:
        root: Where it lies.
        files: Size and time of change of each file in it, by its path from there.
        crowds: Folders that hold so much that they were not looked into.
    """

    root: Path
    files: Mapping[str, Stamp]
    crowds: Sequence[str]

    def copied(self, scratch: Path) -> None:
        """Put what was there before the run into another folder.

        Raises:
            OSError: If it cannot be copied.
        """
        left = MOST_COPIED
        for name in self.crowds:
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(self.root / name, scratch / name)
        for name, before in self.files.items():
            source, target = self.root / name, scratch / name
            now = stamp_of(source)
            if now is None:  # the run took it away
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if now == before and (now[0] > SMALL or now[0] > left) and source.suffix != ".py":
                os.symlink(source.resolve(), target)
                continue
            shutil.copy2(source, target)
            left -= now[0]


def before(root: Path, without: Path | None = None) -> Folder:
    """What a folder holds.

    Args:
        root: The folder.
        without: A folder in it that is not to be copied.

    Raises:
        TooLargeError: If that is more than can be copied.
    """
    files: dict[str, Stamp] = {}
    crowds: list[str] = []
    for path, crowd in _walked(root, without, set()):
        name, stamp = path.relative_to(root).as_posix(), stamp_of(path)
        if crowd:
            crowds.append(name)
        elif stamp is not None:
            files[name] = stamp
        if len(files) > MOST_FILES:
            raise TooLargeError(f"the folder holds more than {MOST_FILES:,} files, too many to copy")
    return Folder(root, files, crowds)


def _walked(folder: Path, without: Path | None, met: set[str]) -> Iterator[tuple[Path, bool]]:
    """The files below a folder, those behind links as well, and the folders that are linked as a whole."""
    real = os.path.realpath(folder)
    if real in met or (without is not None and real == os.path.realpath(without)):
        return
    met.add(real)
    entries: list[os.DirEntry[str]] = []
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if not entry.is_dir():
            if entry.is_file():  # no pipes, no sockets, no links to nowhere
                yield Path(entry.path), False
        elif entry.name not in _LEFT_OUT:
            if _is_crowd(entry.path):
                yield Path(entry.path), True
            else:
                yield from _walked(Path(entry.path), without, met)


def _is_crowd(folder: str) -> bool:
    """Whether it holds a great many files, and none of them is code."""
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        names = [entry.name for entry in found]
        return len(names) > CROWD and not any(name.endswith(".py") for name in names)
    return False

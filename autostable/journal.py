"""An append-only file of records: each is on the disk before it counts, and of a damaged file the good prefix counts.

    5f0c3a91 {"schema": "autostable/journal-1", "of": "run"}
    09be77d2 {"asked": ...}

A line is a checksum and a record of JSON. The checksum goes over all lines up to here, so that a line that is missing, doubled
or moved is seen as one that was changed is. It guards against disks and kills, not against forgers.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import zlib
from pathlib import Path
from typing import Any

from autostable import jsontext
from autostable.errors import StoreError

SCHEMA = "autostable/journal-1"


class Journal:
    """A journal that is open for more records.

    Attributes:
        records: Those that it holds, oldest first.
        lost: Bytes behind the good prefix that were cut off when it was opened.
    """

    def __init__(self, path: Path, of: str) -> None:
        """Open a journal, or begin one.

        Args:
            path: The file.
            of: What it tells of; a journal of something else is refused.

        Raises:
            StoreError: If it cannot be read or written, or is not of this kind.
        """
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror or error}") from None
        try:
            self._begin(of)
        except BaseException:
            self.close()
            raise

    def _begin(self, of: str) -> None:
        data = _content(self._path)
        found, size, self._checksum = _good(data)
        head, self.records = {"schema": SCHEMA, "of": of}, found[1:]
        _check_head(self._path, data, found, head)
        self.lost = len(data) - size
        try:
            if self.lost:
                os.ftruncate(self._file, size)
            if not found:
                self._append(head)
                sync_folder(self._path.parent)
        except OSError as error:
            raise StoreError(f"cannot write {self._path}: {error.strerror or error}") from None

    def add(self, record: Any) -> None:
        """Keep a record (what JSON can hold); it is on the disk when this returns.

        Raises:
            StoreError: If it cannot be written; the journal is as it was before.
        """
        try:
            self._append(record)
        except OSError as error:
            raise StoreError(f"cannot write {self._path}: {error.strerror or error}") from None
        self.records.append(record)

    def _append(self, record: Any) -> None:
        body = b" " + json.dumps(record, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        checksum = zlib.crc32(body, self._checksum)
        line = b"%08x" % checksum + body
        before = os.lseek(self._file, 0, os.SEEK_END)
        try:
            if os.write(self._file, line) != len(line):
                raise OSError("the disk is full")
            os.fsync(self._file)
        except OSError:
            with contextlib.suppress(OSError):  # half a line would hide all that come after it
                os.ftruncate(self._file, before)
            raise
        self._checksum = checksum

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def read(path: Path, of: str, most: int | None = None) -> list[Any]:
    """The records of a journal's good prefix, oldest first; none where there is no such file.

    Args:
        path: The file.
        of: What it tells of.
        most: At most so many of them, for which no more is read than they take.

    Raises:
        StoreError: If it cannot be read, or is not of this kind.
    """
    if not path.exists():
        return []
    data = _content(path, None if most is None else most + 1)
    found, _, _ = _good(data)
    _check_head(path, data, found, {"schema": SCHEMA, "of": of})
    return found[1:]


def _content(path: Path, lines: int | None = None) -> bytes:
    """The bytes of a file, or of so many lines."""
    try:
        with path.open("rb") as file:
            return file.read() if lines is None else b"".join(itertools.islice(file, lines))
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}") from None


def _good(data: bytes) -> tuple[list[Any], int, int]:
    """The records of the good prefix, its length in bytes, and its checksum."""
    found: list[Any] = []
    size = checksum = 0
    while (end := data.find(b"\n", size)) >= 0:
        body = data[size + 8 : end + 1]
        now = zlib.crc32(body, checksum)
        if data[size : size + 8] != b"%08x" % now:
            break
        try:
            found.append(jsontext.loads(body))
        except ValueError:  # its checksum is right, so a program wrote this; it is none of ours
            break
        size, checksum = end + 1, now
    return found, size, checksum


def _check_head(path: Path, data: bytes, found: list[Any], head: dict[str, str]) -> None:
    if found and found[0] != head:
        raise StoreError(f"{path} is not a journal that this version can go on with: it begins with {found[0]!r:.80}")
    if not found and b"\n" in data:  # without: the kill came into its first line
        raise StoreError(f"{path} is damaged from its first line on; remove it to begin anew")


def sync_folder(folder: Path) -> None:
    """Have new names in a folder outlast a crash of the machine, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Source changes as unified diffs, and diffs written to disk: whole or not at all."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import tempfile
import tokenize
from collections.abc import Sequence
from pathlib import Path

import libcst as cst

from autostable import frames
from autostable.errors import UsageError
from autostable.patch.changes import apply_changes
from autostable.records import Edit
from autostable.strategy import SourceChange

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_NEWLINE = "\\ No newline at end of file"


def edits_for(
    changes: Sequence[SourceChange], root: Path, arguments: Sequence[str] | None = None
) -> tuple[tuple[Edit, ...], dict[SourceChange, str]]:
    """The changes as diffs against the files as they are; nothing is written.

    Args:
        changes: What is wanted.
        root: Folder that files are named from.
        arguments: Of the command line that the program was run with, None where they are not known.

    Returns:
        The diffs, and why the changes that are not in them were left out: for their file lies outside of `root`,
        there is no sure place for them, or what they would replace is not theirs to replace.
    """
    by_file: dict[Path, list[SourceChange]] = {}
    refused: dict[SourceChange, str] = {}
    for change in changes:
        cell = frames.cell_text(change.site.file) is not None
        path = None if change.site.file is None else Path(change.site.file) if cell else _inside(root, change.site.file)
        if path is not None and (cell or path.is_file()):
            by_file.setdefault(path, []).append(change)
        else:
            refused[change] = f"{change.site.file} lies outside of {root}"
    edits = []
    for path, wanted in by_file.items():
        try:
            cell_text = frames.cell_text(str(path))
            text = _read(path)[0] if cell_text is None else cell_text
            changed, left_out = apply_changes(text, wanted, arguments)
        except (cst.ParserSyntaxError, SyntaxError, UnicodeDecodeError, RecursionError, OSError) as error:
            refused |= dict.fromkeys(wanted, f"{path.name} cannot be read ({type(error).__name__})")
            continue
        refused |= left_out
        if changed != text:
            name = str(path) if cell_text is not None else path.relative_to(root.resolve()).as_posix()
            edits.append(Edit(name, unified_diff(text, changed, name)))
    return tuple(edits), refused


def write_edits(edits: Sequence[Edit], root: Path) -> None:
    """Write edits to disk: first all are checked, then each file is replaced in one go.

    Raises:
        UsageError: If a file lies outside of `root`, is gone, or is no longer what the edit was made for.
    """
    ready: list[tuple[Path, bytes]] = []
    for edit in edits:
        path = _inside(root, edit.file)
        if path is None:
            raise UsageError(f"{edit.file} lies outside of {root}, so it is left alone")
        try:
            text, encoding = _read(path)
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            raise UsageError(f"{edit.file} cannot be read: {error}") from error
        ready.append((path, apply_diff(text, edit).encode(encoding)))
    for path, content in ready:
        _replace(path, content)


def unified_diff(old: str, new: str, name: str) -> str:
    """A unified diff as `git apply` takes it."""
    lines = []
    for line in difflib.unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}"):
        lines.append(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}\n")
    return "".join(lines)


def apply_diff(text: str, edit: Edit) -> str:
    """Apply a diff where every line of it is exactly where it was.

    Raises:
        UsageError: If the text is not the one the diff was made for.
    """
    old, new = _lines(text), []
    position = 0
    lines = _lines(edit.diff)
    index = next((number for number, line in enumerate(lines) if line.startswith("@@")), len(lines))
    while index < len(lines):
        header = _HUNK.match(lines[index])
        if header is None:
            raise UsageError(f"the edit of {edit.file} is damaged at its line {index + 1}")
        start = int(header[1]) - (0 if header[2] == "0" else 1)
        if start < position or start > len(old):
            raise UsageError(f"{edit.file} has changed since the edit was made")
        new += old[position:start]
        position = start
        index += 1
        while index < len(lines) and not lines[index].startswith("@@"):
            kind, body = lines[index][0], lines[index][1:]
            index += 1
            if index < len(lines) and lines[index].startswith(_NO_NEWLINE):
                body = body.removesuffix("\n")
                index += 1
            if kind in " -":
                if position >= len(old) or old[position] != body:
                    raise UsageError(f"{edit.file} has changed since the edit was made")
                position += 1
            if kind in " +":
                new.append(body)
    return "".join(new + old[position:])


def _lines(text: str) -> list[str]:
    """Lines with their ends, parted at line feeds only: a form feed within a line is no end."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _read(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        encoding, _ = tokenize.detect_encoding(file.readline)
    return path.read_bytes().decode(encoding), encoding


def _inside(root: Path, name: str) -> Path | None:
    base = root.resolve()
    path = (base / name).resolve()
    return path if path.is_relative_to(base) else None


def _replace(path: Path, content: bytes) -> None:
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, beside)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise

"""The guilty line with its neighbours, and which part of it to point at."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from autostable import frames
from autostable.knowledge.operations import known
from autostable.records import Site


@dataclasses.dataclass(frozen=True)
class Excerpt:
    """A few lines of source.

    Attributes:
        lines: (line number, text), tabs expanded and common indentation kept.
        focus: Number of the guilty line.
        start, end: Columns of the guilty part of that line, from 0.
    """

    lines: tuple[tuple[int, str], ...]
    focus: int
    start: int
    end: int


def excerpt(site: Site | None, root: Path | None = None, context: int = 2) -> Excerpt | None:
    """Cut the excerpt around a site.

    Args:
        site: The place; its own `source` is used where the file is gone or has changed since.
        root: Folder that a relative file refers to; the working directory if None.
        context: How many lines before and after are shown.

    Returns:
        The excerpt, or None where there is nothing to show.
    """
    if site is None or site.line is None:
        return None
    lines = _lines(site, root, context)
    text = dict(lines).get(site.line)
    if not text or not text.strip():
        return None
    start, end = span(text, site.op)
    return Excerpt(lines, site.line, start, end)


def _lines(site: Site, root: Path | None, context: int) -> tuple[tuple[int, str], ...]:
    assert site.line is not None
    alone = ((site.line, site.source or ""),)
    if site.file is None:
        return alone
    try:
        text = frames.cell_text(site.file) or ((root or Path.cwd()) / site.file).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return alone
    all_lines = [line.expandtabs(4).rstrip() for line in text.splitlines()]
    index = site.line - 1
    if index >= len(all_lines) or (site.source and all_lines[index].strip() != site.source.expandtabs(4).strip()):
        return alone  # the file is not what was run
    first = max(0, index - context)
    chosen = [(number + 1, all_lines[number]) for number in range(first, min(len(all_lines), index + context + 1))]
    while chosen and not chosen[0][1] and chosen[0][0] != site.line:
        chosen.pop(0)
    while chosen and not chosen[-1][1] and chosen[-1][0] != site.line:
        chosen.pop()
    return tuple(chosen)


def span(text: str, op: str | None) -> tuple[int, int]:
    """The columns to point at: the call or the operator that `op` names, else the whole statement."""
    if op:
        call = re.search(rf"[\w.]*\b\w*{re.escape(op)}\w*\(", text, re.IGNORECASE)
        if call:
            return call.start(), _closing(text, call.end())
        operator = known(op).sign
        if operator:
            sign = re.search(rf"(?<=[\w)\]\s]){re.escape(operator)}(?=[\w(\s-])", text)
            if sign:
                return sign.start(), sign.end()
    stripped = text.strip()
    start = text.index(stripped)
    return start, start + len(stripped)


def _closing(text: str, start: int) -> int:
    depth = 1
    for column in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[column], 0)
        if depth == 0:
            return column + 1
    return len(text.rstrip())

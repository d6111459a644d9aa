"""Carries out source changes on one file's text."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from autostable.patch.divisors import Divisors
from autostable.patch.models import Models
from autostable.patch.pieces import COMMENT, NO_PLACE
from autostable.patch.remainders import Remainders
from autostable.patch.source import Source
from autostable.strategy import SourceChange


def apply_changes(
    text: str, changes: Sequence[SourceChange], arguments: Sequence[str] | None = None
) -> tuple[str, dict[SourceChange, str]]:
    """The text with as many of the changes as can be carried out for sure (itself if none can); why not the others.

    A change that only became a comment is among both.

    Raises:
        libcst.ParserSyntaxError: If the text is not Python.
    """
    rewriter = _Rewriter(Source(text), arguments)
    refused: dict[SourceChange, str] = {}
    for change in dict.fromkeys(changes):
        why = NO_PLACE if change.site.line is None else rewriter.carry_out(change, change.site.line)
        if why is not None:
            refused[change] = why
    changed = rewriter.result()
    try:
        cst.parse_module(changed)
    except cst.ParserSyntaxError:
        return text, dict.fromkeys(changes, NO_PLACE)
    return changed, refused


class _Rewriter(Models, Divisors, Remainders):
    """Knows which action is whose."""

    def carry_out(self, change: SourceChange, line: int) -> str | None:
        """Carry a change out, or say why it is not."""
        actions = {
            "set-argument": self._set_as_named,
            "wrap-argument": self._wrap_argument,
            "insert-before": self._insert_before,
            "map-labels": self._map_labels,
            "shuffle": self._shuffle,
            "wrap-model": self._wrap_model,
            "wrap-loss": self._wrap_loss,
            "wrap-rate": self._wrap_rate,
            "wrap-value": self._wrap_value,
            "wrap-call": self._wrap_call,
            "swap-call": self._swap_call,
            "swap-comparison": self._swap_comparison,
            "unwrap-call": self._unwrap_call,
            "in-logarithms": self._in_logarithms,
            "draw-matrices": self._draw_matrices,
            "scale-arguments": self._scale_arguments,
            "replace-text": self._replace_texts,
            "guard-divisor": self._guard_divisor,
            "whole-batches": self._in_whole_batches,
            "note": self._remarked,
        }
        self._done = False
        return actions[change.action](line, change) if change.action in actions else NO_PLACE

    def _set_as_named(self, line: int, change: SourceChange) -> str | None:
        call, _, keyword = change.name.rpartition(".")
        if change.inline and not self._says(line, change.site.column, change.name, float(change.inline)):
            return self._todo(line, change)
        return self._set_argument(line, change.site.column, call or None, keyword, change.code, change.place, change.of)

    def _remarked(self, line: int, change: SourceChange) -> str:
        self._note(line, change.code)
        return COMMENT if self._done else NO_PLACE

"""Divisors that get 1 in the place of each 0."""

from __future__ import annotations

import libcst as cst

from autostable import divisions
from autostable.patch.pieces import Pieces
from autostable.strategy import SourceChange

GUARDED = "np.where({} == 0, 1, {})"


class Divisors(Pieces):
    """Guards divisions by NumPy's arrays."""

    def _guard_divisor(self, line: int, change: SourceChange) -> str | None:
        """Put 1 in the place of each 0 of what the only division of a line divides by.

        A comment says so where that would do more than answer, if it were written twice.
        """
        found = divisions.divided_at(self._source.text, line)
        kinds = (cst.Name, cst.Attribute, cst.Subscript, cst.Call, cst.BinaryOperation, cst.UnaryOperation)
        nodes = [node for kind in kinds for node in self._source.nodes(kind) if found and self._lies(node, found)]
        if found is None or not found.twice or len(nodes) != 1:
            return self._todo(line, change, uses=False)
        start, end = self._source.span(nodes[0])
        text = self._with_modules(GUARDED.replace("{}", self._source.text[start:end]))
        start, end = self._with_parentheses(nodes[0], start, end)
        self._put(("value", start), start, end, text)
        return None

    def _lies(self, node: cst.CSTNode, divisor: divisions.Divisor) -> bool:
        place = self._source.range(node)
        start, end = (place.start.line, place.start.column), (place.end.line, place.end.column)
        return (start, end) == (divisor.start, divisor.end)

    def _with_parentheses(self, node: cst.BaseExpression, start: int, end: int) -> tuple[int, int]:
        """The span with the parentheses around it, which those of the call stand for."""
        text = self._source.text
        for _ in node.lpar:
            before, behind = text[:start].rstrip(), text[end:].lstrip()
            if not (before.endswith("(") and behind.startswith(")")):
                break
            start, end = len(before) - 1, len(text) - len(behind) + 1
        return start, end

"""Causes that lie in one operation: log, sqrt, division, power, exp at or beyond their singular points."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from autostable.evidence import Evidence, Finding
from autostable.knowledge import operations, scales
from autostable.records import Cause, Code, Site

_MASKED_LAYERS = ("GlobalAveragePooling1D", "MultiHeadAttention", "Attention", "AdditiveAttention", "Softmax")


def place_of(finding: Finding) -> Site | None:
    """Where it failed: the operation's own line, or the line that builds a built-in layer."""
    if not finding.builtin:
        return finding.site
    site = finding.layer_site or finding.site
    return None if site is None else dataclasses.replace(site, op=finding.op, layer=finding.layer)


def _first_mistake(finding: Finding) -> Site | None:
    """Where the owner should look: the first of the lines in which the same mistake is made.

    To mend only the line that failed this time would leave the next failure behind.
    """
    lines = [site for site in (place_of(finding), *finding.alike) if site is not None and site.line is not None]
    return min(lines, key=lambda site: site.line or 0, default=place_of(finding))


def singular(evidence: Evidence) -> Iterator[Cause]:
    """The finding is an operation at (or beyond) a point where it, or its derivative, is not finite."""
    finding = evidence.finding
    if finding is None or finding.born == "data" or finding.in_optimizer:
        return
    code = operations.known(finding.op).code
    if code is None or code is Code.UNSAFE_EXP:
        return
    place = _first_mistake(finding)
    argument = _argument(finding)
    if finding.builtin and (finding.layer_kind in _MASKED_LAYERS or finding.op == "Softmax"):
        yield Cause(
            Code.EMPTY_MASK, 0.93,
            f"{finding.op} in layer {finding.layer!r} has nothing left to average: a mask that hides all of a row "
            f"(rows {_rows(finding)})", place,
        )  # fmt: skip
        return
    confidence = 0.9 if not finding.builtin else 0.6
    overflowed = finding.largest is not None and finding.largest > 1e15
    if overflowed:
        confidence = 0.45  # the argument had run away before the operation saw it
    if finding.masked:
        yield Cause(
            Code.UNSAFE_WHERE, 0.94,
            f"{finding.op} behind a where() {argument}: the branch is masked in the result, but its derivative "
            "is not finite and 0 * inf poisons the gradient", place,
        )  # fmt: skip
        confidence -= 0.15
    when = "its derivative" if finding.born == "gradient" else "it"
    text = f"{finding.op} {argument}: {when} is not finite there (rows {_rows(finding)})"
    yield Cause(code, confidence, text + _alike(finding), place)


def _alike(finding: Finding) -> str:
    if finding.site is None or not finding.alike:
        return ""
    lines = ", ".join(str(site.line) for site in finding.alike)
    return f"; it failed in line {finding.site.line}, and line {lines} is as bare"


def _argument(finding: Finding) -> str:
    if finding.input_low is None or finding.input_high is None:
        return "meets an argument that it is not defined for"
    if finding.input_low == finding.input_high:
        return f"meets {finding.input_low:.4g}"
    return f"meets arguments from {finding.input_low:.4g} to {finding.input_high:.4g}"


def _rows(finding: Finding) -> str:
    rows = finding.data_rows or finding.rows
    return (", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")) if rows else "not per row"


def overflowing_exp(evidence: Evidence) -> Iterator[Cause]:
    """Exp of a large number."""
    finding = evidence.finding
    if (
        finding is None
        or operations.known(finding.op).code is not Code.UNSAFE_EXP
        or finding.born == "data"
        or finding.in_optimizer
    ):
        return
    raw = scales.large_inputs(evidence, scales.FAR)
    high = "a large argument" if finding.input_high is None else f"arguments up to {finding.input_high:.4g}"
    yield Cause(
        Code.UNSAFE_EXP,
        (0.6 if finding.builtin else 0.78 if raw else 0.92),
        f"{finding.op} overflows at {high} (float32 ends at exp(88.7))",
        place_of(finding),
    )

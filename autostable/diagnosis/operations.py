"""Causes that lie in one operation: log, sqrt, division, power, exp at or beyond their singular points."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from autostable.diagnosis import data
from autostable.evidence import Evidence, Finding
from autostable.records import Cause, Code, Site

CODES = {
    "Log": Code.UNSAFE_LOG,
    "Log1p": Code.UNSAFE_LOG,
    "Xlogy": Code.UNSAFE_LOG,
    "Xlog1py": Code.UNSAFE_LOG,
    "LogMatrixDeterminant": Code.UNSAFE_LOG,
    "Acosh": Code.UNSAFE_SQRT,
    "Sqrt": Code.UNSAFE_SQRT,
    "Rsqrt": Code.UNSAFE_SQRT,
    "Acos": Code.UNSAFE_SQRT,
    "Asin": Code.UNSAFE_SQRT,
    "Atanh": Code.UNSAFE_LOG,
    "EuclideanNorm": Code.UNSAFE_SQRT,
    "Cholesky": Code.UNSAFE_SQRT,
    "RealDiv": Code.UNSAFE_DIVISION,
    "Div": Code.UNSAFE_DIVISION,
    "DivNoNan": Code.UNSAFE_DIVISION,
    "Xdivy": Code.UNSAFE_DIVISION,
    "Reciprocal": Code.UNSAFE_DIVISION,
    "Inv": Code.UNSAFE_DIVISION,
    "FloorMod": Code.UNSAFE_DIVISION,
    "Mod": Code.UNSAFE_DIVISION,
    "MatrixInverse": Code.UNSAFE_DIVISION,
    "MatrixSolve": Code.UNSAFE_DIVISION,
    "Cumprod": Code.UNSAFE_DIVISION,
    "Prod": Code.UNSAFE_DIVISION,
    "Mean": Code.UNSAFE_DIVISION,
    "SegmentMean": Code.UNSAFE_DIVISION,
    "Pow": Code.UNSAFE_POWER,
    "Exp": Code.UNSAFE_EXP,
    "Expm1": Code.UNSAFE_EXP,
    "Sinh": Code.UNSAFE_EXP,
    "Cosh": Code.UNSAFE_EXP,
    "Softmax": Code.EMPTY_MASK,
    "LogSoftmax": Code.EMPTY_MASK,
}
_AT_ZERO = frozenset({Code.UNSAFE_LOG, Code.UNSAFE_SQRT, Code.UNSAFE_DIVISION, Code.UNSAFE_POWER})
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
    code = CODES.get(finding.op)
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
            Code.UNSAFE_WHERE, max(confidence, 0.94),
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
        or CODES.get(finding.op) is not Code.UNSAFE_EXP
        or finding.born == "data"
        or finding.in_optimizer
    ):
        return
    raw = data.raw_inputs(evidence, data.FAR_OFF)
    high = "a large argument" if finding.input_high is None else f"arguments up to {finding.input_high:.4g}"
    yield Cause(
        Code.UNSAFE_EXP,
        (0.6 if finding.builtin else 0.78 if raw else 0.92),
        f"{finding.op} overflows at {high} (float32 ends at exp(88.7))",
        place_of(finding),
    )

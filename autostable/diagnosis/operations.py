"""Causes that lie in one operation: log, sqrt, division, power, exp at or beyond their singular points."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from autostable.diagnosis.architecture import first_named
from autostable.evidence import Cut, Evidence, Finding
from autostable.knowledge import operations, scales
from autostable.knowledge.signs import Kind, Said, Sign
from autostable.records import Code, Site, SymptomKind

HIDDEN_ROWS = Sign("a layer or softmax with nothing left to average", Kind.LOCATED)
EMPTIED = Sign("a comparison that is true nowhere, and no gradient left", Kind.PLAIN)
HIDDEN_READINGS = Sign("a mask that hides steps in the middle of rows")
UNREACHED = Sign("layers that are trained and get no gradient")
DECIDED = Sign("a loss made of decisions", Kind.PLAIN)
SEVERED = Sign("no gradient at all", Kind.PLAIN)
STEPPED = Sign("a sign, and no gradient left", Kind.PLAIN)
LONE_SHARE = Sign("shares along an axis of one entry")
MASKED = Sign("a singular operation behind a where()", Kind.LOCATED)
BEHIND_WHERE = Sign("the operation itself, behind a where()", Kind.LOCATED)
BEGINS_AT_ZERO = Sign("a trained number that begins at 0 under an operation that is singular there", Kind.LOCATED)
OWN = Sign("an operation of the program's own at a singular point", Kind.LOCATED)
BUILT_IN = Sign("an operation of Keras's at a singular point")
RAN_AWAY = Sign("a singular operation whose argument had run away before")
VALUE_ALONE = Sign("a loss that is not finite beside sound gradients", Kind.LOCATED)
OVERFLOWS = Sign("exp of a large number in the program's own code", Kind.LOCATED)
OVERFLOWS_ON_RAW = Sign("exp of a large number in the program's own code, and raw inputs", Kind.LOCATED)
OVERFLOWS_BUILT_IN = Sign("exp of a large number in Keras's code")

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


def emptied(evidence: Evidence) -> Iterator[Said]:
    """A mask that lets nothing through: the loss is the same whatever the weights are."""
    site = evidence.emptied
    if site is not None:
        yield EMPTIED.of(
            Code.EMPTY_MASK,
            f"{site.op} is true nowhere in the batch, and all gradients are exactly zero: what it lets through is all that the "
            "loss counts. Look at the values that are compared (255 where 1 is meant, say)", site,
        )  # fmt: skip


def hidden_readings(evidence: Evidence) -> Iterator[Said]:
    """A mask whose value is also a real reading: steps that count are skipped."""
    if evidence.symptom.kind != SymptomKind.USELESS:
        return
    for layer in evidence.model.layers:
        mask = layer.mask
        if mask is None or not mask.hides:
            continue
        by = "by code of its own" if mask.value is None else f"what equals {mask.value:g}"
        also = (
            ""
            if mask.value is None
            else f" (right where {mask.value:g} marks what is missing, wrong where it is a reading)"
        )
        yield HIDDEN_READINGS.of(
            Code.EMPTY_MASK,
            f"{layer.name!r} masks {by}: {mask.within / mask.masked:.0%} of the time steps that are masked lie between the "
            f"first and the last reading of their row, and are skipped as if they had never been{also}", layer.site,
        )  # fmt: skip


def stepped(evidence: Evidence) -> Iterator[Said]:
    """A sign between what is trained and the loss: no gradient gets through."""
    site = evidence.stepped
    if site is not None and site.op is not None:
        instead = f"keras.activations.{operations.STEPS[site.op]} has one"
        yield STEPPED.of(
            Code.VANISHING_GRADIENT,
            f"{site.op} has no slope anywhere, and all gradients are exactly zero: nothing that is trained can move; {instead}",
            site,
        )  # fmt: skip


_WHY_SEVERED = {
    Cut.OPERATION: "no gradient gets through {op}, and nothing else leads from the loss to what is trained{instead}",
    Cut.LEFT: "the loss is not made of anything that is trained: what is made of it goes no further than here (a NumPy "
              "function, .numpy(), predict, other answers than those that are compared)",
    Cut.UNSEEN: "the tape has not seen what the loss is made of: the model is to be called within it",
}  # fmt: skip


def severed(evidence: Evidence) -> Iterator[Said]:
    """No gradient at all: the way from the loss back to what is trained ends at an operation, or is no way."""
    seen = evidence.severed
    if seen is None or not evidence.symptom.without_gradients:
        return
    op = None if seen.site is None else seen.site.op
    named = operations.instead_of(op or "")
    instead = named and f"; keras.activations.{named} has one"
    yield SEVERED.of(
        Code.VANISHING_GRADIENT,
        f"no variable gets a gradient: {_WHY_SEVERED[seen.at].format(op=op, instead=instead)}", seen.site,
    )  # fmt: skip
    if seen.in_loss and not named:
        yield DECIDED.of(
            Code.LOSS_MISMATCH, f"the loss is made of what {op} decides, which changes by steps: as a score it tells how good "
            "answers are, and not how to make them better", seen.site,
        )  # fmt: skip


def unreached(evidence: Evidence) -> Iterator[Said]:
    """Layers that are trained and that no gradient reaches: something between them and the loss lets none through."""
    if evidence.unreached and evidence.symptom.kind == SymptomKind.USELESS:
        names = evidence.unreached
        layers = reversed(evidence.model.layers)
        last = next((each for each in layers if any(f"/{each.name}/" in f"/{name}" for name in names)), None)
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        yield UNREACHED.of(
            Code.VANISHING_GRADIENT,
            f"{' and '.join(map(repr, names[:2]))}{more} are trained, and no gradient at all reaches them: something "
            "between them and the loss lets none through (a NumPy function, stop_gradient, argmax, a rounding)",
            None if last is None else last.site,
        )  # fmt: skip


def lone_share(evidence: Evidence) -> Iterator[Said]:
    """Shares that are taken along an axis of one entry."""
    lone = evidence.lone_share
    if lone is not None:
        meant = f"; the axis before it has {lone.shape[-2]}" if lone.several else ""
        yield LONE_SHARE.of(
            Code.OUTPUT_ACTIVATION_MISMATCH,
            f"{lone.op} of {lone.shape} takes shares along an axis of one entry: each is 1 whatever comes in, and no gradient "
            f"gets through{meant}", lone.site,
        )  # fmt: skip


def singular(evidence: Evidence) -> Iterator[Said]:
    """The finding is an operation at (or beyond) a point where it, or its derivative, is not finite."""
    finding = evidence.finding
    if finding is None or finding.born == "data" or finding.in_optimizer or finding.vanished:
        return
    code = operations.known(finding.op).code
    if finding.value_alone:
        yield VALUE_ALONE.of(
            code or Code.EMPTY_MASK,
            f"the value of the loss is not finite, all gradients and weights are: {finding.op} makes it so of a constant "
            "(0 * inf, a class masked by -inf), through which no gradient passes. The training is sound, its loss cannot "
            "be read", finding.entered or place_of(finding),
        )  # fmt: skip
        return
    if code is None or code is Code.UNSAFE_EXP:
        return
    place = _first_mistake(finding)
    argument = _argument(finding)
    if evidence.zeros:
        names = first_named(evidence.zeros)
        yield BEGINS_AT_ZERO.of(
            Code.BAD_INITIALIZATION,
            f"{names}: trained, and 0 at the start, where {finding.op} is not finite: no step leads away from there",
            next(iter(evidence.zero_sites), place),
        )  # fmt: skip
    if finding.builtin and (finding.layer_kind in _MASKED_LAYERS or finding.op == "Softmax"):
        yield HIDDEN_ROWS.of(
            Code.EMPTY_MASK,
            f"{finding.op} in layer {finding.layer!r} has nothing left to average: a mask that hides all of a row "
            f"(rows {_rows(finding)})", place,
        )  # fmt: skip
        return
    overflowed = finding.largest is not None and finding.largest > 1e15
    sign = RAN_AWAY if overflowed else BEHIND_WHERE if finding.masked else BUILT_IN if finding.builtin else OWN
    if finding.masked:
        yield MASKED.of(
            Code.UNSAFE_WHERE,
            f"{finding.op} behind a where() {argument}: the branch is masked in the result, but its derivative "
            f"is not finite and 0 * inf poisons the gradient{_only(finding)}", place,
        )  # fmt: skip
    when = "its derivative" if finding.born == "gradient" else "it"
    text = f"{finding.op} {argument}: {when} is not finite there (rows {_rows(finding)})"
    yield sign.of(code, text + _alike(finding) + _only(finding), place)


def _only(finding: Finding) -> str:
    return "; only under XLA (jit_compile=True): without it this step is sound" if finding.only_xla else ""


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


def overflowing_exp(evidence: Evidence) -> Iterator[Said]:
    """Exp of a large number."""
    finding = evidence.finding
    if (
        finding is None
        or operations.known(finding.op).code is not Code.UNSAFE_EXP
        or finding.born == "data"
        or finding.in_optimizer
        or finding.value_alone
    ):
        return
    raw = scales.large_inputs(evidence, scales.FAR)
    high = "a large argument" if finding.input_high is None else f"arguments up to {finding.input_high:.4g}"
    yield (OVERFLOWS_BUILT_IN if finding.builtin else OVERFLOWS_ON_RAW if raw else OVERFLOWS).of(
        Code.UNSAFE_EXP,
        f"{finding.op} overflows at {high} (float32 ends at exp(88.7))",
        place_of(finding),
    )

"""Causes that lie in the data."""

from __future__ import annotations

import bisect
from collections.abc import Iterator

from autostable.evidence import ArrayFacts, EntryFacts, Evidence
from autostable.knowledge import losses, scales
from autostable.records import Cause, Code, Site

HEALTHY = "healthy"  # kind of the symptom where there is none: what is seen is no reason of a failure
FIGURE = "figure"  # under which a symptom names the validation figure that a callback reads


def nonfinite(evidence: Evidence) -> Iterator[Cause]:
    """NaN or Inf in what the training is given, and it reaches the step, or what the training is validated on."""
    finding, symptom = evidence.finding, evidence.symptom
    reached = finding is not None and finding.born == "data"
    figure = symptom.evidence.get(FIGURE)  # a validation figure that a callback reads
    trained = (*evidence.inputs, *evidence.targets, *filter(None, [evidence.weights]))
    for facts in () if figure else trained:
        is_input = facts in evidence.inputs
        if facts.bad_row_count and (reached or finding is None or is_input):
            bears = symptom.kind == HEALTHY
            yield Cause(
                Code.DATA_NONFINITE,
                0.4 if bears else 0.97 if reached else 0.75 if finding is None else 0.6,
                _bad(facts) + ("; the training stays finite all the same" if bears else "") + _warned(evidence),
                _place(evidence),
            )
            return
    for facts in evidence.validation:
        if facts.bad_row_count and (figure or symptom.kind == HEALTHY):
            said = f": {figure} is not finite" if figure else ""
            yield Cause(Code.DATA_NONFINITE, 0.97 if figure else 0.75, _bad(facts) + said, evidence.model.fit_site)
            return
    if reached and finding is not None:
        yield Cause(
            Code.DATA_NONFINITE,
            0.9,
            f"the batch's {finding.op.lower()} held NaN or Inf in rows {_some(finding.rows, len(finding.rows))}"
            + _warned(evidence),
            _place(evidence),
        )


def _place(evidence: Evidence) -> Site | None:
    """Where bad numbers were made, if NumPy has said so; else where they are given to the training."""
    return evidence.model.fit_site if evidence.warned is None else evidence.warned.site


def _warned(evidence: Evidence) -> str:
    """What NumPy has said of it."""
    return "" if evidence.warned is None else f"; {evidence.warned}"


def _bad(facts: ArrayFacts) -> str:
    where = f"rows {_some(facts.bad_rows, facts.bad_row_count)}"
    columns = f", columns {_some(facts.bad_columns, len(facts.bad_columns))}" if facts.bad_columns else ""
    counts = f"{facts.nan} NaN and {facts.inf} Inf"
    return f"{facts.name} holds {counts} in {facts.bad_row_count} of {facts.rows_read} rows ({where}{columns})"


def _some(numbers: tuple[int, ...], count: int) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return shown if count <= 5 else f"{shown}, ... ({count} in all)"


def outliers(evidence: Evidence) -> Iterator[Cause]:
    """Single entries that are orders of magnitude beyond the rest."""
    for facts in evidence.inputs:
        if facts.outlier_count:
            # what would be ordinary in another column may be so in this one
            low, high = min(facts.kept_low), max(facts.kept_high)
            ordinary = len(facts.kept_low) > 1 and low <= facts.outliers[0][-1] <= high
            row, column, _ = facts.outliers[0]
            said = f"{facts.name} row {row}, column {column} {_alone(facts)}"
            yield Cause(Code.DATA_OUTLIERS, 0.6 if ordinary else 0.93, said, evidence.model.fit_site)
    for facts in evidence.targets:
        if facts.outlier_count and not scales.is_classes(facts):
            said = f"{facts.name} row {facts.outliers[0][0]} {_alone(facts)}"
            yield Cause(Code.DATA_OUTLIERS, 0.92, said, evidence.model.fit_site)


def _alone(facts: ArrayFacts) -> str:
    more = facts.outlier_count - 1
    low, high = min(facts.kept_low), max(facts.kept_high)
    others = f"all other values lie between {low:.4g} and {high:.4g}"
    return f"is {facts.outliers[0][-1]:.4g}{f' and {more} more' if more else ''}; {others}"


def _graded(times: float, confidences: tuple[float, float, float, float]) -> float:
    """How sure it is, by how far out of order the data are."""
    return confidences[bisect.bisect_right((scales.NEAR, scales.FAR, scales.ABSURD), times)]


def unscaled_inputs(evidence: Evidence) -> Iterator[Cause]:
    """Inputs far from the scale that initial weights are made for."""
    rows = zip(
        evidence.inputs, scales.given(evidence), scales.entries(evidence), scales.raw_inputs(evidence), strict=True
    )
    for facts, seen, entry, raw in rows:
        if not raw:
            continue
        confidence = _graded(scales.beyond(seen), (0.4, 0.5, 0.72, 0.82))
        if evidence.symptom.kind == "useless":
            confidence += 0.08
        span = f"values from {min(facts.low):.4g} to {max(facts.high):.4g}"
        said = f"{facts.name} is raw: {span}, {_widest(facts)}" if entry is None else _made_of(facts, entry)
        yield Cause(Code.DATA_UNSCALED_INPUTS, confidence, said, evidence.model.fit_site)


def _made_of(facts: ArrayFacts, entry: EntryFacts) -> str:
    """What the model's own rescaling makes of an input."""
    low, high = min(entry.facts.low), max(entry.facts.high)
    small = scales.smallness(entry.facts) >= 1.0
    seen = f"up to {max(abs(low), abs(high)):.2g}" if small and low >= 0.0 else f"from {low:.4g} to {high:.4g}"
    # who has brought the data into order has forgotten that the model does
    again = " once more" if small and not scales.out_of_order(facts) else ""
    return (
        f"{facts.name} runs from {min(facts.low):.4g} to {max(facts.high):.4g}, and the model {_what_it_does(entry)}{again}: "
        f"its first layer sees values {seen}"
    )


def _what_it_does(entry: EntryFacts) -> str:
    kinds = " and ".join(entry.kinds)
    if set(entry.center) != {0.0} or len(set(entry.scale)) != 1 or entry.scale[0] <= 0.0:
        return f"maps it ({kinds})"
    if entry.scale[0] == 1.0:
        return f"leaves it as it is ({kinds}, perhaps never adapted)"
    times = entry.scale[0]
    return f"divides it by {times:.4g}" if times > 1.0 else f"multiplies it by {1.0 / times:.4g}"


def _widest(facts: ArrayFacts) -> str:
    index = scales.widest(facts)
    return f"feature {index} has mean {facts.mean[index]:.4g} and standard deviation {facts.std[index]:.4g}"


def unscaled_targets(evidence: Evidence) -> Iterator[Cause]:
    """Real-valued targets far from unit scale under a loss that grows with it."""
    if not losses.in_any_unit(losses.canonical(evidence.model.loss)):
        return
    for facts in filter(scales.raw_target, evidence.targets):
        yield Cause(
            Code.DATA_UNSCALED_TARGETS,
            _graded(scales.beyond(facts), (0.45, 0.55, 0.75, 0.86)),
            f"{facts.name} is raw: values from {min(facts.low):.4g} to {max(facts.high):.4g} "
            f"(mean {facts.mean[0]:.4g}, standard deviation {facts.std[0]:.4g}), so errors and gradients start that large",
            evidence.model.fit_site,
        )


def constant_columns(evidence: Evidence) -> tuple[str, ...]:
    """What is said of columns that never change: no fault, but they tell nothing."""
    said = []
    for facts in evidence.inputs:
        count, features = facts.constant_count, scales.features(facts)
        if count and count == features and facts.rows_read > 1:
            said.append(f"All rows of {facts.name} are the same: it tells nothing.")
        elif count == 1:
            said.append(f"Column {facts.constant_columns[0]} of {facts.name} never changes: it tells nothing.")
        elif count:
            said.append(
                f"Columns {_some(facts.constant_columns, count)} of {facts.name} never change: they tell nothing."
            )
    return tuple(said)

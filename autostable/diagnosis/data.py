"""Causes that lie in the data."""

from __future__ import annotations

from collections.abc import Iterator

from autostable.evidence import ArrayFacts, Evidence
from autostable.records import Cause, Code

REGRESSION = ("mean_squared_error", "mse", "mean_absolute_error", "mae", "huber", "log_cosh", "custom", None)
FAR_OFF = 50.0  # beyond this nothing else need be wrong
UNSCALED = 10.0  # a feature's center or spread beyond this is out of the range that initializers assume


def nonfinite(evidence: Evidence) -> Iterator[Cause]:
    """NaN or Inf in what the training is given, and it reaches the step."""
    finding = evidence.finding
    reached = finding is not None and finding.born == "data"
    for facts in (*evidence.inputs, *evidence.targets, *filter(None, [evidence.weights])):
        is_input = facts in evidence.inputs
        if facts.bad_row_count and (reached or finding is None or is_input):
            where = f"rows {_some(facts.bad_rows, facts.bad_row_count)}"
            columns = f", columns {_some(facts.bad_columns, len(facts.bad_columns))}" if facts.bad_columns else ""
            counts = f"{facts.nan} NaN and {facts.inf} Inf"
            yield Cause(
                Code.DATA_NONFINITE,
                0.97 if reached else 0.75 if finding is None else 0.6,
                f"{facts.name} holds {counts} in {facts.bad_row_count} of {facts.rows_read} rows ({where}{columns})",
                evidence.model.fit_site,
            )
            return
    if reached and finding is not None:
        yield Cause(
            Code.DATA_NONFINITE,
            0.9,
            f"the batch's {finding.op.lower()} held NaN or Inf in rows {_some(finding.rows, len(finding.rows))}",
            evidence.model.fit_site,
        )


def _some(numbers: tuple[int, ...], count: int) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return shown if count <= 5 else f"{shown}, ... ({count} in all)"


def outliers(evidence: Evidence) -> Iterator[Cause]:
    """Single entries that are orders of magnitude beyond the rest."""
    for facts in evidence.inputs:
        if facts.outlier_count:
            row, column, value = facts.outliers[0]
            low, high = min(facts.kept_low), max(facts.kept_high)
            more = f" and {facts.outlier_count - 1} more" if facts.outlier_count > 1 else ""
            # what would be ordinary in another column may be so in this one
            ordinary = len(facts.kept_low) > 1 and low <= value <= high
            yield Cause(
                Code.DATA_OUTLIERS,
                0.6 if ordinary else 0.93,
                f"{facts.name} row {row}, column {column} is {value:.4g}{more}; "
                f"all other values lie between {low:.4g} and {high:.4g}",
                evidence.model.fit_site,
            )
    for facts in evidence.targets:
        if facts.outlier_count and not is_classes(facts):
            row, column, value = facts.outliers[0]
            low, high = min(facts.kept_low), max(facts.kept_high)
            more = f" and {facts.outlier_count - 1} more" if facts.outlier_count > 1 else ""
            yield Cause(
                Code.DATA_OUTLIERS, 0.92,
                f"{facts.name} row {row} is {value:.4g}{more}; all other values lie between {low:.4g} and {high:.4g}",
                evidence.model.fit_site,
            )  # fmt: skip


def is_classes(facts: ArrayFacts) -> bool:
    """Whether a target looks like class labels: few whole numbers, counted from about 0 without wide gaps."""
    if facts.one_hot:
        return True
    few = facts.integers and facts.distinct <= 100 and len(facts.low) == 1
    return few and max(-facts.low[0], facts.high[0]) <= 10 * facts.distinct


def scale_of(facts: ArrayFacts) -> float:
    """How far the features are from zero mean and unit spread: the largest |center| or spread (outliers left out)."""
    worst = 0.0
    for index in range(len(facts.mean)):
        spread = facts.iqr[index] / 1.349 if facts.outlier_count and facts.iqr[index] else facts.std[index]
        center = facts.median[index] if facts.outlier_count else facts.mean[index]
        worst = max(worst, abs(center), spread)
    return worst


def raw_inputs(evidence: Evidence, beyond: float = UNSCALED) -> bool:
    """Whether any input is so far from zero mean and unit spread."""
    return any(scale_of(facts) >= beyond for facts in evidence.inputs)


def unscaled_inputs(evidence: Evidence) -> Iterator[Cause]:
    """Floating inputs far from the range that initial weights are made for."""
    if any(layer.kind in ("BatchNormalization", "Normalization", "LayerNormalization", "Rescaling", "Embedding")
           for layer in evidence.model.layers[:2]):  # fmt: skip
        return
    for facts in evidence.inputs:
        scale = scale_of(facts)
        if not facts.floating and facts.distinct <= 1000 and "int" in facts.dtype and not _image_like(facts):
            continue
        if scale < UNSCALED:
            continue
        confidence = 0.5 if scale < FAR_OFF else 0.72 if scale < 1e3 else 0.82
        if evidence.symptom.kind == "useless":
            confidence += 0.08
        widest = max(range(len(facts.std)), key=lambda i: max(abs(facts.mean[i]), facts.std[i]))
        yield Cause(
            Code.DATA_UNSCALED_INPUTS,
            confidence,
            f"{facts.name} is raw: values from {min(facts.low):.4g} to {max(facts.high):.4g}, feature {widest} has mean "
            f"{facts.mean[widest]:.4g} and standard deviation {facts.std[widest]:.4g}",
            evidence.model.fit_site,
        )


def _image_like(facts: ArrayFacts) -> bool:
    return len(facts.shape) >= 3 and facts.low != () and min(facts.low) >= 0 and 100 < max(facts.high) <= 255


def unscaled_targets(evidence: Evidence) -> Iterator[Cause]:
    """Real-valued targets far from unit scale under a loss that grows with it."""
    if evidence.model.loss not in REGRESSION:
        return
    for facts in evidence.targets:
        scale = scale_of(facts)
        if is_classes(facts) or facts.one_hot or scale < UNSCALED:
            continue
        confidence = 0.55 if scale < FAR_OFF else 0.75 if scale < 1e3 else 0.86
        yield Cause(
            Code.DATA_UNSCALED_TARGETS,
            confidence,
            f"{facts.name} is raw: values from {min(facts.low):.4g} to {max(facts.high):.4g} "
            f"(mean {facts.mean[0]:.4g}, standard deviation {facts.std[0]:.4g}), so errors and gradients start that large",
            evidence.model.fit_site,
        )

"""Causes that lie in the labels, seen against the loss and the model's output."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autostable.evidence import Evidence
from autostable.knowledge import losses
from autostable.records import Cause, Code


def out_of_range(evidence: Evidence) -> Iterator[Cause]:
    """Labels that the loss or the output layer has no place for."""
    model = evidence.model
    if not evidence.targets or model.loss in losses.OWN:
        # "Received a label value of -1 which is outside the valid range of [0, 10)"
        said = re.search(r"^.*\blabel.*\brange\b.*$", evidence.error or "", re.MULTILINE)
        if said is not None:
            site = None if evidence.finding is None else evidence.finding.site
            yield Cause(Code.LABELS_OUT_OF_RANGE, 0.9, said.group(0).strip()[:200], site or model.fit_site)
        if not evidence.targets:
            return
    facts = evidence.targets[0]
    low, high = min(facts.low, default=0.0), max(facts.high, default=0.0)
    units = model.outputs[0].units if model.outputs else None
    if model.loss == losses.SPARSE and units and (high >= units or low < 0):
        yield Cause(
            Code.LABELS_OUT_OF_RANGE,
            0.97,
            f"labels run from {low:g} to {high:g}, but the output layer {model.outputs[0].name!r} has {units} units "
            f"(labels 0 to {units - 1})",
            model.fit_site,
        )
    elif (wanted := losses.outside(model.loss, low, high)) is not None:
        yield Cause(
            Code.LABELS_OUT_OF_RANGE, 0.95, f"labels run from {low:g} to {high:g}, {model.loss} is for {wanted}",
            model.fit_site,
        )  # fmt: skip
    elif model.loss in losses.ONE_HOT and not facts.one_hot and (high > 1 or low < 0):
        yield Cause(
            Code.LABELS_OUT_OF_RANGE, 0.8,
            f"targets run from {low:g} to {high:g}, categorical crossentropy needs shares that sum to 1", model.fit_site,
        )  # fmt: skip


def suspicious(evidence: Evidence) -> Iterator[Cause]:
    """Labels that are possible but look wrong: one class only, classes that never occur."""
    model = evidence.model
    for facts in evidence.targets[:1]:
        if model.loss not in losses.CROSSENTROPIES or not facts.rows_read:
            continue
        units = model.outputs[0].units if model.outputs else None
        if facts.distinct == 1 and len(facts.low) == 1:
            yield Cause(Code.LABELS_SUSPICIOUS, 0.6, f"every label is {facts.low[0]:g}", model.fit_site)
        elif not facts.integers and len(facts.classes) in (2, 3) and 0 < max(facts.high) < 0.5:
            yield Cause(
                Code.LABELS_SUSPICIOUS,
                0.7,
                f"labels take the values {', '.join(f'{value:.4g}' for value, _ in facts.classes)}: "
                "were they divided by 255 along with the inputs?",
                model.fit_site,
            )
        elif units and units > 2 and facts.integers and facts.low[0] >= 1 and facts.high[0] == units:
            yield Cause(Code.LABELS_SUSPICIOUS, 0.5, f"labels count from 1 to {units}", model.fit_site)

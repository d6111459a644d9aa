"""The evidence as it would be with a plan in force: a remedy decides by what it meets. Pure."""

from __future__ import annotations

import dataclasses

from autostable import registry
from autostable.evidence import Evidence
from autostable.knowledge import scales
from autostable.records import Plan

RESCALING = "rescale-inputs"  # what a remedy waits for that decides otherwise once the inputs are in order


def with_plan(plan: Plan, evidence: Evidence) -> Evidence:
    """The evidence as a remedy meets it after those of a plan; the very same object where they change nothing."""
    changed = evidence
    for step in plan:
        activations = step.parameters.get("activations") or {}
        if activations:
            layers = tuple(
                dataclasses.replace(layer, activation=activations.get(layer.name, layer.activation))
                for layer in changed.model.layers
            )
            changed = dataclasses.replace(changed, model=dataclasses.replace(changed.model, layers=layers))
        loss = registry.setup_of((step,)).loss
        if loss is not None:
            changed = dataclasses.replace(
                changed, model=dataclasses.replace(changed.model, loss=loss, from_logits=False)
            )
        if RESCALING in (step.name, *registry.remedy(step.name).instead_of):
            changed = in_order(changed)
    return changed


def in_order(evidence: Evidence) -> Evidence:
    """The evidence as it would be with the inputs rescaled."""
    return dataclasses.replace(evidence, inputs=tuple(map(scales.standardized, evidence.inputs)), entries=())

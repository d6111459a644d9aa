"""readapt-normalization: a Normalization that was adapted to NaN, or to other numbers, is adapted to what it is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import ArrayFacts, Evidence, LayerFacts
from autostable.knowledge import scales
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class ReadaptNormalization(RemedyStrategy):
    """Adapt a Normalization layer again.

    ## What it does
    Gives a `Normalization` whose means or variances are NaN those of the inputs that the training is given, feature by feature.
    Likewise one within a model that was trained before, and is now given numbers that are in order already.

    ## Why it works
    `adapt` takes the mean of a column with one NaN to be NaN. From then on each number of that column is NaN behind the layer,
    whether the gaps are filled later or not; relu may hide it, and the loss stays at chance. What is brought into order twice
    is all but the same for all rows: a frozen encoder, or a teacher, that was adapted to raw numbers gives the same answer to
    each.

    ## Example
    ```python
    scale = layers.Normalization()
    scale.adapt(x_train)  # which has gaps
    x_train = np.where(np.isnan(x_train), np.nanmedian(x_train, axis=0), x_train)
    ```

    ## Use instead
    ```python
    x_train = np.where(np.isnan(x_train), np.nanmedian(x_train, axis=0), x_train)
    scale.adapt(x_train)
    ```

    ## Safety
    Safe: it is what was meant. Only for a layer with one number a feature; for gaps only in a model with one input.

    ## References
    Documentation of `keras.layers.Normalization`: `adapt` computes the mean and variance of the data that it is given.
    """

    name: ClassVar[str] = "readapt-normalization"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_NONFINITE, Code.DATA_UNSCALED_INPUTS)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        if evidence.misfed_within:
            return [{"layers": {each.name: _statistics(each.given) for each in evidence.misfed_within}}]
        layers = [layer for layer in evidence.model.layers if layer.gaps]
        if not layers or len(evidence.inputs) != 1:
            return ()
        (facts,) = evidence.inputs
        if any(layer.statistics != scales.features(facts) for layer in layers):
            return ()
        return [{"layers": {layer.name: _statistics(facts) for layer in layers}}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        given = {name: (tuple(each["mean"]), tuple(each["variance"])) for name, each in parameters["layers"].items()}
        return dataclasses.replace(setup, statistics={**setup.statistics, **given})

    def describe(self, parameters: Parameters) -> str:
        return f"{', '.join(parameters['layers'])} adapted again"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes: list[SourceChange] = []
        for layer in evidence.model.layers:
            changes += _note(layer) if layer.name in parameters["layers"] and layer.gaps else []
        for each in evidence.misfed_within:
            todo = f"TODO(autostable): give {each.name!r} what it was adapted to, not numbers that are in order already"
            changes += common.note(each.site, todo)
        return changes


def _statistics(facts: ArrayFacts) -> dict[str, list[float]]:
    """Means and variances of the features; a feature that never changes has the variance 1."""
    spreads = [scales.spread(facts, index) or 1.0 for index in range(scales.features(facts))]
    return {
        "mean": [scales.center(facts, index) for index in range(scales.features(facts))],
        "variance": [spread**2 for spread in spreads],
    }


def _note(layer: LayerFacts) -> Sequence[SourceChange]:
    return common.note(
        layer.adapted_site or layer.site,
        "autostable: fill the gaps first, then adapt this layer to what the model is given",
    )

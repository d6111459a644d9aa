"""match-value-range: layers that change pictures are told the range that their pictures lie in."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence, LayerFacts
from autostable.knowledge import scales
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

USUAL = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))


class MatchValueRange(RemedyStrategy):
    """Give augmentation layers the range of the pictures.

    ## What it does
    Sets `value_range` of the layers of a model that brighten, shift or clip pictures (`RandomBrightness`, `RandomContrast`,
    `RandomColorJitter` and others) to that which holds what they are given: 0 to 1, -1 to 1, or 0 to 255.

    ## Why it works
    Their `value_range` is 0 to 255 unless it is given. To pictures that were divided by 255 before, `RandomBrightness(0.2)`
    then adds up to 51 either way, and clips: half of them are black, the others all but the same number, and only where the
    model is used are they pictures.

    ## Example
    ```python
    x = x / 255.0
    model = keras.Sequential([layers.RandomBrightness(0.2), ...])
    ```

    ## Use instead
    ```python
    x = x / 255.0
    model = keras.Sequential([layers.RandomBrightness(0.2, value_range=(0, 1)), ...])
    ```

    ## Safety
    Safe: it is what was meant. Nothing changes where the model is used.

    ## References
    Documentation of `keras.layers.RandomBrightness`: `value_range` is the range of values that the incoming images have.
    """

    name: ClassVar[str] = "match-value-range"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_UNSCALED_INPUTS,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        wrong = {layer.name: _holding(layer) for layer in evidence.model.layers if scales.misjudges(layer)}
        known = {name: list(range_) for name, range_ in wrong.items() if range_ is not None}
        return [{"ranges": known}] if known else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        given = {name: (float(low), float(high)) for name, (low, high) in parameters["ranges"].items()}
        return dataclasses.replace(setup, value_ranges={**setup.value_ranges, **given})

    def describe(self, parameters: Parameters) -> str:
        said = [
            f"{name} told its pictures lie in {low:g} to {high:g}" for name, (low, high) in parameters["ranges"].items()
        ]
        return ", ".join(said)

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes: list[SourceChange] = []
        for layer in evidence.model.layers:
            if layer.name in parameters["ranges"]:
                low, high = parameters["ranges"][layer.name]
                found = common.set_argument(layer.site, layer.kind, "value_range", f"({low:g}, {high:g})")
                changes += [change for change in found if change not in changes]
        return changes


def _holding(layer: LayerFacts) -> tuple[float, float] | None:
    """The narrowest of the usual ranges that holds what a layer is given; None where none does."""
    low, high = layer.given_range or (0.0, 0.0)
    return next((each for each in USUAL if each[0] <= low and high <= each[1]), None)

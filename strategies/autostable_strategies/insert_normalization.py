"""insert-normalization: standardise what goes from layer to layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

BREAK = ("BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization", "RMSNormalization")

NORMALIZED = "keras.Sequential([{}, keras.layers.LayerNormalization(center=False, scale=False)])"


class InsertNormalization(RemedyStrategy):
    """Standardise the outputs of hidden layers per example.

    ## What it does
    Puts a layer normalisation without parameters behind hidden layers: behind every second one,
    then behind all. Layers that a normalisation follows already are left out, and so are outputs.

    ## Why it works
    The size of activations and gradients no longer depends on the product of all the layers
    before: depth neither blows them up nor lets them vanish.

    ## Example
    Twelve dense layers in a row, without normalisation or shortcuts.

    ## Use instead
    ```python
    x = layers.Dense(64, activation="relu")(x)
    x = layers.LayerNormalization()(x)
    ```

    ## Safety
    Safe, but a change of the model: what is saved needs the layers as well. It is the strongest
    change among those for gradients and comes late.

    ## References
    J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization", 2016.
    """

    name: ClassVar[str] = "insert-normalization"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.VANISHING_GRADIENT,
        Code.GRADIENT_EXPLOSION,
        Code.SATURATED_ACTIVATION,
        Code.DEAD_RELU,
        Code.BAD_INITIALIZATION,
    )

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        layers = evidence.model.layers
        names = []
        for index, layer in enumerate(layers):
            wide = layer.units is None or layer.units > 1
            if layer.is_output or not wide or not layer.kind.startswith(common.MATRIX_KINDS):
                continue
            if any(other.kind in BREAK for other in layers[index + 1 : index + 3]):
                continue
            names.append(layer.name)
        if not names:
            return ()
        every_second = names[1::2]
        found = [{"layers": every_second}] if len(names) >= 4 else []
        return common.distinct([*found, {"layers": names}])

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        new = tuple(name for name in parameters["layers"] if name not in setup.normalize)
        return dataclasses.replace(setup, normalize=(*setup.normalize, *new))

    def describe(self, parameters: Parameters) -> str:
        return f"outputs of {common.listed(list(parameters['layers']))} standardised"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes: list[SourceChange] = []
        wanted = [layer for layer in evidence.model.layers if layer.name in parameters["layers"]]
        others = {layer.site for layer in evidence.model.layers if layer not in wanted}
        todo = "put a keras.layers.LayerNormalization(center=False, scale=False) behind this"
        for layer in wanted:
            if layer.site in others:  # one line makes layers that get one and others that get none
                found = common.note(layer.site, f"TODO(autostable): {todo}, layer {layer.name}")
            else:
                found = common.wrapped_call(layer.site, layer.kind, NORMALIZED, todo)
            changes += [change for change in found if change not in changes]
        return changes

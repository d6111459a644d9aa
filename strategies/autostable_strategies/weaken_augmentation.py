"""weaken-augmentation: layers that disturb rows beyond recognition do so less, or not at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from autostable.evidence import Disturbance, Evidence
from autostable.knowledge import disturbances
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class WeakenAugmentation(RemedyStrategy):
    """Weaken a random layer that takes from rows what tells their labels.

    ## What it does
    Sets a layer that changes rows at random in training (`RandomRotation`, `RandomFlip`, `RandomBrightness`,
    `GaussianNoise`, `Dropout` at the input and their kin) to less: an angle in degrees or radians to the share of a full
    turn that it is, a factor or a noise to a tenth or a hundredth, a flip to one direction, a rate of what was to be kept to
    the rate of what goes; else it is switched off. Only layers in front of all weights behind which a plain model surely
    tells far less of the targets of unseen rows, and only forms of them behind which it does not.

    ## Why it works
    The factor of `RandomRotation` is a share of a full turn: `np.deg2rad(20)` turns by up to 126 degrees, and the label
    of a page that is turned so is no longer its direction. A mirrored left arrow is a right one. Noise of 0.5 on signals of
    0.01 leaves nothing of them. What such a layer leaves has no more to do with the labels, and the network can learn
    nothing from it, while as it is used it is given rows that it has never been shown.

    ## Example
    ```python
    layers.RandomRotation(np.deg2rad(20))
    ```

    ## Use instead
    ```python
    layers.RandomRotation(20 / 360)
    ```

    ## Safety
    Not safe: it takes away what may have been put in against learning by heart, or for rows that will come turned. It is a
    cure only where rows that were not trained on are told far better with it: validation data, else rows that were kept back
    from one more training.

    ## References
    C. Shorten and T. Khoshgoftaar, "A survey on Image Data Augmentation for Deep Learning", Journal of Big Data 2019: on
    transformations that do not keep the label. Documentation of `keras.layers.RandomRotation`.
    """

    name: ClassVar[str] = "weaken-augmentation"
    cures: ClassVar[tuple[Code, ...]] = (Code.LABELS_SUSPICIOUS, Code.DATA_UNSCALED_INPUTS)
    safe: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        blamed = {each.name: _sparing(each) for each in evidence.destroying}
        blamed = {name: forms for name, forms in blamed.items() if forms}
        most = max(map(len, blamed.values()), default=0)
        return common.distinct(
            {"layers": {name: dict(forms[min(strength, len(forms) - 1)]) for name, forms in blamed.items()}}
            for strength in range(most)
        )

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        given: Mapping[str, Any] = parameters["layers"]
        return dataclasses.replace(setup, disturbances={**setup.disturbances, **given})

    def describe(self, parameters: Parameters) -> str:
        return ", ".join(f"{name} {_said(settings)}" for name, settings in parameters["layers"].items())

    def brief(self, parameters: Parameters) -> str:
        return "; ".join(_said(settings) for settings in parameters["layers"].values())

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes: list[SourceChange] = []
        for layer in evidence.disturbances:
            settings = parameters["layers"].get(layer.name)
            if settings is None:
                continue
            found = [
                change
                for name, value in settings.items()
                for change in common.set_argument(layer.site, layer.kind, name, _code(value))
            ]
            if not settings:
                todo = f"leave out this {layer.kind}: behind it rows do not tell their labels"
                found = common.wrapped_call(layer.site, layer.kind, "keras.layers.Identity()", todo)
            changes += [change for change in found if change not in changes]
        return changes


def _sparing(layer: Disturbance) -> list[disturbances.Settings]:
    """The weaker forms of a layer behind which the targets are told."""
    forms = disturbances.weaker(layer.kind, layer.as_set)
    return [form for form, spared in zip(forms, layer.spared, strict=False) if spared]


def _said(settings: Mapping[str, Any]) -> str:
    if not any(settings.values()):
        return "switched off"
    return "set to " + ", ".join(f"{name}={_code(value)}" for name, value in settings.items())


def _code(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Sequence):
        return f"({', '.join(f'{end:g}' for end in value)})"
    return f"{value:g}"

"""difference-windows: take windows of a series, and what follows them, relative to each window's last value."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence, WindowFacts
from autostable.knowledge import activations, losses, scales
from autostable.records import Code
from autostable.setup import Affine, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

# of a difference alone: a level that is added to target and prediction does not change them
OF_DIFFERENCES = losses.FREE_UNITS
LAST_VALUE = {  # `last`, a window's last step, in the answers' shape; by the windows' rank, and whether answers are series
    (2, False): "last", (2, True): "last[:, :, None]",
    (3, False): "last[:, 0, FEATURE]", (3, True): "last[:, :, FEATURE]",
}  # fmt: skip
MOST_SHOWN = 16  # features whose figures are written into a source edit


class DifferenceWindows(RemedyStrategy):
    """Take windows of a series, and the target that continues them, relative to each window's last value.

    ## What it does
    Where inputs are windows of a series and the target is what comes next, in the same units and near
    the window's last value, that last value is subtracted from the window and added to the prediction. What
    is left of both is divided by its spread. Other features of the series are standardised.

    ## Why it works
    Prices, levels and counts in the thousands make activations and errors as large, and a level that
    drifts leaves the range that was trained on: figures of the training data do not put later windows in order.
    Differences have one scale early and late, and the model starts from the forecast "as it was last".

    ## Example
    ```python
    model.fit(windows, following)  # prices from 20000 to 60000, 100 steps a window
    ```

    ## Use instead
    ```python
    last = windows[:, -1:]
    model.fit((windows - last) / reach, (following - last[:, 0]) / error)
    forecast = model.predict((new - new[:, -1:]) / reach) * error + new[:, -1]
    ```

    ## Safety
    Safe where the series may be anywhere: nothing is lost but the level itself. A model that is to
    learn that high levels fall again no longer sees them.

    ## References
    A. Zeng, M. Chen, L. Zhang, Q. Xu, "Are Transformers Effective for Time Series Forecasting?", 2023 (NLinear);
    T. Kim et al., "Reversible Instance Normalization for Accurate Time-Series Forecasting against Distribution
    Shift", 2022.
    """

    name: ClassVar[str] = "difference-windows"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.DATA_UNSCALED_INPUTS,
        Code.DATA_UNSCALED_TARGETS,
        Code.GRADIENT_EXPLOSION,
    )
    instead_of: ClassVar[tuple[str, ...]] = ("rescale-inputs", "rescale-targets")

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        windows = evidence.windows
        if windows is None or len(evidence.inputs) != 1 or not any(scales.raw_inputs(evidence)):
            return ()
        if losses.canonical(evidence.model.loss) not in OF_DIFFERENCES:
            return ()
        outputs = common.outputs_of(evidence)
        if len(outputs) != 1 or activations.of_layer(outputs[0]) not in (None, "linear"):
            return ()
        return ({"feature": windows.feature, "input": self._scales(windows, evidence), "target_scale": windows.error},)

    @staticmethod
    def _scales(windows: WindowFacts, evidence: Evidence) -> dict[str, list[float]]:
        """Center and scale of what is fed to the model once the last value is taken off."""
        if windows.rank == 2:
            return {"center": [0.0], "scale": [windows.reach]}
        maps = common.affine(evidence.inputs[0], "standard")
        width = scales.features(evidence.inputs[0])
        whole = {key: values * width if len(values) == 1 else list(values) for key, values in maps.items()}
        whole["center"][windows.feature], whole["scale"][windows.feature] = 0.0, windows.reach
        return whole

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        changed = common.merge_rescaling(setup, [common.plain_affine(parameters["input"])])
        changed = common.merge_targets(changed, [Affine((0.0,), (float(parameters["target_scale"]),))])
        return dataclasses.replace(changed, since_last=parameters["feature"])

    def describe(self, parameters: Parameters) -> str:
        return "windows and targets relative to each window's last value"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        windows, feature = evidence.windows, parameters["feature"]
        center, scale = parameters["input"]["center"], parameters["input"]["scale"]
        degree = losses.DEGREES.get(losses.canonical(evidence.model.loss) or "")
        todo = "subtract each window's last value from the window and from its target, and rescale both"
        if windows is None or len(evidence.targets) != 1 or len(center) > MOST_SHOWN or degree is None:
            return common.note(evidence.model.fit_site, f"TODO(autostable): {todo}")
        unit = common.numbers([parameters["target_scale"]])
        other_loss = losses.canonical(evidence.model.loss) in common.NOT_HOMOGENEOUS
        bare = f"keras.layers.Rescaling({unit})"
        made = bare if other_loss else common.in_target_units(evidence, "0.0", unit, degree)
        *helper, layer = made.splitlines()
        last, level = "windows[:, -1:]", "last"
        back = LAST_VALUE[windows.rank, len(evidence.targets[0].shape) > 2].replace(
            "FEATURE", f"{feature}:{feature + 1}"
        )
        if len(center) > 1:
            level = f"last * np.array({[float(index == feature) for index in range(len(center))]})"
        moved = f"windows - {level}"
        if any(center):
            moved += f" - np.array({common.numbers(center)})"
        by = common.numbers(scale) if len(scale) == 1 else f"np.array({common.numbers(scale)})"
        statements = [
            "windows = keras.Input({shape})", f"last = {last}",
            f"{{model}} = keras.Model(windows, {layer}({{model}}(({moved}) / {by})) + {back})",
        ]  # fmt: skip
        said = "# autostable: windows relative to their last value, which is added to what the model says of them"
        code = "\n".join([said, *helper, "; ".join(statements)])
        taken = common.loss_in_units(evidence, "0.0", unit, todo) if other_loss else []
        return [*common.around_model(evidence, "whole", code, todo=todo), *taken]

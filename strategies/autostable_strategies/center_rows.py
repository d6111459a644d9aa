"""center-rows: each cloud of points, each window of a series, is taken relative to its own mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, Evidence
from autostable.knowledge import scales
from autostable.records import Code, SymptomKind
from autostable.setup import Affine, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

MOST_SHOWN = 8  # features whose numbers are written into a source edit


class CenterRows(RemedyStrategy):
    """Take each row relative to its own mean.

    ## What it does
    Subtracts from each sample of many steps, points or pixels its own mean, feature by feature, and divides by what the
    samples spread within themselves, the same number for all of them.

    ## Why it works
    Points of a roof lie within metres of each other, and the roofs of a survey lie within kilometres. Standardised as a whole
    each roof is one point: what tells a gable from a dome is a thousandth of a deviation. No scale of the whole helps; the
    place of each sample has to go.

    ## Example
    ```python
    cloud = np.stack([easting, northing, height], axis=-1)  # 412,000 to 428,000, of roofs of 20 m
    model.fit(cloud, kind)
    ```

    ## Use instead
    ```python
    cloud = cloud - cloud.mean(axis=1, keepdims=True)
    model.fit(cloud / 8.0, kind)
    ```

    ## Safety
    Where a sample lies is lost: safe only where the task is not about that. It is offered where samples spread by far more
    among each other than within themselves, and nothing was learnt.

    ## References
    C. Qi et al., "PointNet", CVPR 2017: clouds are normalised into a unit sphere.
    """

    name: ClassVar[str] = "center-rows"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_UNSCALED_INPUTS,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        if evidence.symptom.kind != SymptomKind.USELESS or not any(map(scales.scattered, evidence.inputs)):
            return ()
        return [{"scales": [_within(facts) if scales.scattered(facts) else None for facts in evidence.inputs]}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return common.merge_inputs(
            setup,
            [
                None if scale is None else {"center_rows": True, "rescale": Affine((0.0,) * len(scale), tuple(scale))}
                for scale in parameters["scales"]
            ],
        )

    def describe(self, parameters: Parameters) -> str:
        return "each row relative to its own mean"

    def brief(self, parameters: Parameters) -> str:
        return "rows centred"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        todo = "subtract from each row its own mean over its steps, feature by feature, and divide by what rows spread within"
        scale = parameters["scales"][0] or []
        if len(parameters["scales"]) != 1 or len(scale) > MOST_SHOWN:
            return common.note(evidence.model.fit_site, f"TODO(autostable): {todo}")
        axes = list(range(1, len(evidence.inputs[0].shape) - 1))
        by = f"np.array({common.numbers(scale)})" if len(scale) > 1 else common.numbers(scale)
        moved = f"(raw_rows - keras.ops.mean(raw_rows, axis={axes}, keepdims=True)) / {by}"
        said = "# autostable: each row relative to its own mean"
        code = f"{said}\nraw_rows = keras.Input({{shape}}); {{model}} = keras.Model(raw_rows, {{model}}({moved}))"
        return common.around_model(evidence, "whole", code, todo=todo)


def _within(facts: ArrayFacts) -> list[float]:
    """What rows spread within themselves, feature by feature; 1 where they do not."""
    found: list[Any] = [value or 1.0 for value in facts.within]
    return found

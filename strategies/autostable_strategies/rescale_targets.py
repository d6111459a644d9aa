"""rescale-targets: compute the loss in units in which the targets are of order one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, Evidence
from autostable.knowledge import activations, losses, scales
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class RescaleTargets(RemedyStrategy):
    """Standardise real-valued targets.

    ## What it does
    Maps each real-valued target to (y - center) / scale for the loss; predictions come back in
    the user's own units. Where the output can only be positive, or lies between bounds, the map
    leads into that range. Classes are left alone. A loss of the user's own may mean something else in
    other units (an overlap of boxes by their corners): it stays in the targets' units, and only the
    layers work in units of order one.

    ## Why it works
    A squared error on prices starts at 1e10 and its gradient is of the same order. A rate that is
    right for the features overshoots by as much; one that is small enough never reaches the mean.

    ## Example
    ```python
    model.fit(x, price)  # price around 250000
    ```

    ## Use instead
    ```python
    center, scale = price.mean(), price.std()
    model.fit(x, (price - center) / scale)
    price_hat = model.predict(x_new) * scale + center
    ```

    ## Safety
    Safe: an affine map loses nothing, and predictions are mapped back. Losses that are not
    invariant to the unit (percentage, logarithmic, Poisson) are not touched.

    ## References
    C. Bishop, "Neural Networks for Pattern Recognition", section 8.2.
    """

    name: ClassVar[str] = "rescale-targets"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.DATA_UNSCALED_TARGETS,
        Code.GRADIENT_EXPLOSION,
        Code.LEARNING_RATE_TOO_HIGH,
        Code.OUTPUT_ACTIVATION_MISMATCH,
    )

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        views = evidence.views
        several = len(views) > 1
        names = [view.model.loss for view in views] if several else [evidence.model.loss] * len(evidence.targets)
        outputs = evidence.model.outputs
        wanted = [
            losses.in_any_unit(losses.canonical(loss))
            and scales.raw_target(facts)
            and not (loss in losses.OWN and index < len(outputs) and common.says_more(outputs[index], facts))
            for index, (loss, facts) in enumerate(zip(names, evidence.targets, strict=True))
        ]
        model = evidence.model
        own = evidence.kind == "loop" or model.own_step
        degree = losses.DEGREES.get(losses.canonical(model.loss) or "") if own else None
        if not any(wanted) or (own and degree is None):
            return ()  # what the loss of a step of the user's own makes of another unit must be known
        matched: list[dict[str, Any] | None] = []
        standard: list[dict[str, Any] | None] = []
        for index, (facts, want) in enumerate(zip(evidence.targets, wanted, strict=True)):
            activation = activations.of_layer(outputs[index]) if index < len(outputs) else None
            matched.append(self._matched(facts, activation) if want else None)
            standard.append(common.affine(facts, self._method(facts)) if want else None)
        step = {} if degree is None else {"step_degree": degree}
        found: list[dict[str, Any]] = [{"targets": matched, **step}, {"targets": standard, **step}]
        if degree is None and set(names) == {"custom"}:
            # in other units it may be another loss: an overlap of corners is
            found.append({"targets": standard, "step_degree": 1})
        return common.distinct(found)

    @staticmethod
    def _method(facts: ArrayFacts) -> str:
        # a long tail is what is to be learnt; only absurd entries are not
        return "robust" if facts.outlier_count > 0 else "standard"

    def _matched(self, facts: ArrayFacts, activation: str | None) -> dict[str, Any]:
        base = common.affine(facts, self._method(facts))
        low = min((scales.finite(v) for v in facts.low), default=0.0)
        high = max((scales.finite(v) for v in facts.high), default=0.0)
        if activation in activations.POSITIVE and low >= 0.0:
            count = scales.features(facts)
            sizes = [math.hypot(scales.at(facts.mean, i), scales.at(facts.std, i)) or 1.0 for i in range(count)]
            return (
                {"center": [0.0], "scale": [max(sizes)]}
                if len(base["scale"]) == 1
                else {"center": [0.0] * count, "scale": sizes}
            )
        if activation in {"sigmoid", "hard_sigmoid", "tanh"} and high > low:
            within = common.affine(facts, "range")
            if activation == "tanh":
                halves = [scale / 2.0 for scale in within["scale"]]
                middles = [least + half for least, half in zip(within["center"], halves, strict=True)]
                return {"center": middles, "scale": halves}
            return within
        return base

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        maps = [None if value is None else common.plain_affine(value) for value in parameters["targets"]]
        merged = common.merge_targets(setup, maps)
        return dataclasses.replace(merged, step_degree=parameters.get("step_degree", 0))

    def describe(self, parameters: Parameters) -> str:
        scales = [value["scale"] for value in parameters["targets"] if value is not None]
        if len(scales) == 1 and len(scales[0]) == 1:
            return f"targets rescaled by {scales[0][0]:.3g}"
        return "targets rescaled"

    def brief(self, parameters: Parameters) -> str:
        scales = [value["scale"] for value in parameters["targets"] if value is not None]
        one = len(scales) == 1 and len(scales[0]) == 1
        return f"y / {scales[0][0]:.3g}" if one else "y scaled"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        values = parameters["targets"]
        names = evidence.model.losses or (evidence.model.loss,) * len(values)
        return [
            change
            for place, value in enumerate(values)
            if value is not None
            for change in self._in_units(
                evidence, place, value, names[place] if place < len(names) else None, parameters.get("step_degree")
            )
        ]

    @staticmethod
    def _in_units(
        evidence: Evidence, place: int, value: Any, loss: str | None, step_degree: int | None
    ) -> Sequence[SourceChange]:
        """A layer behind the model that brings its answers into the targets' unit, and gradients back as the plan did."""
        center, scale = (common.numbers(value[key]) for key in ("center", "scale"))
        todo = f"train on (target - {center}) / {scale}, and map predictions back: prediction * {scale} + {center}"
        if len(value["scale"]) > common.MOST_WRITTEN:
            return common.note(evidence.model.fit_site or evidence.model.optimizer_site, f"TODO(autostable): {todo}")
        loss = losses.canonical(loss)
        degree = step_degree or (None if loss in common.NOT_HOMOGENEOUS else losses.DEGREES.get(loss or ""))
        if degree is None:  # the loss itself has to be another one
            layer = f"keras.layers.Rescaling({scale}, offset={center}{common.in_float32(evidence)})"
            return [
                *common.around_model(evidence, "output", layer, place=place, todo=todo),
                *common.loss_in_units(evidence, center, scale, todo),
            ]
        comment = "# autostable: the layers work in units of order one; predictions and loss stay in the targets' own\n"
        code = comment + common.in_target_units(evidence, center, scale, degree)
        return common.around_model(evidence, "output", code, place=place, todo=todo)

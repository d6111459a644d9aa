"""winsorize-outliers: clip single entries that are absurdly far from the rest."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, Evidence
from autostable.knowledge import scales
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class WinsorizeOutliers(RemedyStrategy):
    """Clip inputs to the range of all but the absurd entries.

    ## What it does
    Clips every feature of an input to the bounds within which no entry is an outlier. An outlier
    is an entry a thousand times beyond the 99th percentile and a hundred robust spreads away. A feature whose spread its
    outliers had made (standardised together with a code of 99999 it lies within a thousandth) is brought back to a spread of 1.

    ## Why it works
    One entry of 1e20 overflows a layer by itself, and it ruins every mean and deviation that is
    taken over its column.

    ## Example
    A sensor writes 3.4e38 where it has nothing to say.

    ## Use instead
    Treat the code for "missing" as missing when the file is read. Where the values are real,
    ```python
    x = np.clip(x, low, high)
    ```

    ## Safety
    Not safe in the strict sense: it changes data. The report names rows and columns.

    ## References
    J. W. Tukey, "The Future of Data Analysis", 1962.
    """

    name: ClassVar[str] = "winsorize-outliers"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_OUTLIERS,)
    safe: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        inputs = [self._bounds(facts) for facts in evidence.inputs]
        labels = [self._bounds(facts) for facts in evidence.targets if len(facts.kept_low) == 1]
        found: dict[str, Any] = {"inputs": inputs} if any(inputs) else {}
        if any(labels) and len(evidence.targets) == 1 and labels[0] is not None:
            found["labels"] = [labels[0]["low"][0], labels[0]["high"][0]]
        return [found] if found else ()

    @classmethod
    def _bounds(cls, facts: ArrayFacts) -> dict[str, list[float]] | None:
        low, high = list(facts.kept_low), list(facts.kept_high)
        if facts.misread is not None or facts.outlier_count <= 0 or not low or len(low) != len(high):
            return None
        if not all(math.isfinite(value) for value in (*low, *high)):
            return None
        return {"low": low, "high": high, **cls._rescaled(facts)}

    @staticmethod
    def _rescaled(facts: ArrayFacts) -> dict[str, list[float]]:
        """The map that brings features into order whose spread their outliers had made; empty if there are none."""
        count = scales.features(facts)
        shrunk = [scales.spread(facts, index) <= scales.SMALL < scales.at(facts.std, index) for index in range(count)]
        if not any(shrunk):
            return {}
        centers = [scales.center(facts, index) if small else 0.0 for index, small in enumerate(shrunk)]
        spreads = [scales.spread(facts, index) or 1.0 if small else 1.0 for index, small in enumerate(shrunk)]
        return {"center": centers, "scale": spreads}

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        changes: list[dict[str, Any] | None] = [
            None
            if value is None
            else {"low": tuple(float(v) for v in value["low"]), "high": tuple(float(v) for v in value["high"])}
            for value in parameters.get("inputs", ())
        ]
        setup = common.merge_inputs(setup, changes)
        maps = [
            None if value is None or "scale" not in value else common.plain_affine(value)
            for value in parameters.get("inputs", ())
        ]
        if any(maps):
            setup = common.merge_rescaling(setup, maps)
        if parameters.get("labels"):
            low, high = (float(value) for value in parameters["labels"])
            setup = dataclasses.replace(setup, drop_labels_outside=(low, high))
        return setup

    def describe(self, parameters: Parameters) -> str:
        rows = "rows with outlying targets left out"
        if not parameters.get("inputs"):
            return rows
        rescaled = any(value is not None and "scale" in value for value in parameters["inputs"])
        more = ", features that the outliers had scaled brought back to a spread of 1" if rescaled else ""
        return f"inputs clipped to the range without outliers{more}" + (f", {rows}" if parameters.get("labels") else "")

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes = self._clip_inputs(parameters["inputs"], evidence) if parameters.get("inputs") else []
        if parameters.get("labels"):
            low, high = parameters["labels"]
            changes += common.before_fit(
                evidence,
                "# autostable: single targets lie absurdly far out\n"
                f"sound = (({{y}} >= {low:.6g}) & ({{y}} <= {high:.6g})).reshape(len({{y}}), -1).all(axis=1)\n"
                "{x}, {y} = {x}[sound], {y}[sound]\n"
                "{w} = {w}[sound]",
                fitted=True,
            )
        return changes

    @staticmethod
    def _clip_inputs(values: Sequence[Any], evidence: Evidence) -> list[SourceChange]:
        changes: list[SourceChange] = []
        for place, value in enumerate(values):
            if value is None:
                continue
            changes += WinsorizeOutliers._clipped(evidence, place, value)
            if "scale" in value:
                comment = "# autostable: single entries had set the scale of their column"
                changes += common.standardized(evidence, value, place, comment)
        return changes

    @staticmethod
    def _clipped(evidence: Evidence, place: int, value: Any) -> Sequence[SourceChange]:
        """A layer in front of the model that clips its input."""
        low, high = common.numbers(value["low"]), common.numbers(value["high"])
        todo = "clip whatever is the model's input to the range without outliers"
        if len(value["low"]) > common.MOST_WRITTEN:
            return common.note(evidence.model.fit_site, f"TODO(autostable): {todo}")
        code = (
            "# autostable: single entries lie absurdly far out\n"
            "@keras.saving.register_keras_serializable()\n"
            "class ClipOutliers(keras.layers.Layer):\n"
            '    """Clips each column to the range of all but absurd entries."""\n\n'
            "    def call(self, inputs):\n"
            f"        low, high = {low}, {high}\n"
            "        return keras.ops.minimum(keras.ops.maximum(inputs, low), high)\n"
            f"ClipOutliers({common.in_float32(evidence).removeprefix(', ')})"
        )
        inline = f"keras.ops.minimum(keras.ops.maximum({{}}, {low}), {high})"
        return common.around_model(evidence, "clip", code, place=place, inline=inline, todo=todo)

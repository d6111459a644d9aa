"""rescale-inputs: standardise the model's inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, EntryFacts, Evidence
from autostable.knowledge import scales
from autostable.records import Code, SymptomKind
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

_HOW = {
    "standard": "to mean 0, deviation 1",
    "robust": "by median and quartiles",
    "range": "to 0 ... 1",
    "codes": "back to the whole numbers that an embedding looks up",
}


class RescaleInputs(RemedyStrategy):
    """Standardise the inputs of the model.

    ## What it does
    Maps every feature of an input that is far from unit scale (a mean square of ten or more, or hardly
    any spread) to (x - center) / scale at the model's boundary: by mean and standard deviation, or by
    median and quartiles where single entries blow up the standard deviation; where that is not enough, to 0 ... 1, as
    coordinates and brightness are expected. Columns that never change
    are only centered. Whole numbers of an integer type are left alone where they may be codes: few of
    them, or an embedding in the model. Flattened pixels share one scale, so that a pixel that is rarely
    lit is not blown up. Where the model itself rescales first (Rescaling, Normalization, x / 255), what
    these layers give counts: pixels that were divided by 255 twice are multiplied by 255. Codes that were
    rescaled like measures, and that an embedding would cut to 0, become whole numbers again.

    ## Why it works
    Weights are initialised for inputs of unit variance. Inputs in the thousands make activations
    and gradients as large, saturate sigmoids from the first step, and couple the learning rate
    that is safe to the unit of the largest column.

    ## Example
    ```python
    x = load("x")  # columns from 0.01 to 4000
    model.fit(x, y)
    ```

    ## Use instead
    ```python
    center, scale = x.mean(axis=0), x.std(axis=0)
    model.fit((x - center) / scale, y)
    ```
    or a `keras.layers.Normalization` layer as the model's first, which keeps the map with the model.

    ## Safety
    Safe: an affine map loses nothing. Whatever is predicted later has to pass through the same
    map; inside autostable it does.

    ## References
    Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient BackProp", 1998, section 4.3.
    """

    name: ClassVar[str] = "rescale-inputs"
    alternatives: ClassVar[bool] = True
    cures: ClassVar[tuple[Code, ...]] = (
        Code.DATA_UNSCALED_INPUTS,
        Code.DATA_OUTLIERS,
        Code.SATURATED_ACTIVATION,
        Code.GRADIENT_EXPLOSION,
        Code.UNSAFE_EXP,
        Code.DEAD_RELU,
    )

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        cut = scales.cut(evidence)
        if cut:
            maps = [_codes(facts, cut[place]) if place in cut else None for place, facts in enumerate(evidence.inputs)]
            return [{"method": "codes", "inputs": maps}]
        wanted, entries = scales.to_rescale(evidence), scales.entries(evidence)
        if not any(wanted):
            return ()
        undone = any(want and entry is not None for entry, want in zip(entries, wanted, strict=True))
        spiky = any(common.has_outliers(facts) for facts, want in zip(evidence.inputs, wanted, strict=True) if want)

        def parameters(method: str) -> dict[str, Any]:
            maps = [
                common.sparing(
                    self._map(facts, entry, method if method != "robust" or common.has_outliers(facts) else "standard"),
                    scales.codes(facts, evidence.model.layers) if entry is None else (),
                )
                if want
                else None
                for facts, entry, want in zip(evidence.inputs, entries, wanted, strict=True)
            ]
            return {"method": "undo" if undone else method, "inputs": maps}

        # what expects coordinates or brightness from 0 to 1 takes no other scale
        narrow = ["range"] if evidence.symptom.kind == SymptomKind.USELESS and not undone else []
        methods = ["robust", "standard"] if spiky else ["standard", *narrow]
        return common.distinct(each for each in map(parameters, methods) if any(each["inputs"]))

    @staticmethod
    def _map(facts: ArrayFacts, entry: EntryFacts | None, method: str) -> dict[str, list[float]] | None:
        return common.affine(facts, method) if entry is None else common.before_entry(facts, entry, method)

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return common.merge_rescaling(
            setup, [None if value is None else common.plain_affine(value) for value in parameters["inputs"]]
        )

    def describe(self, parameters: Parameters) -> str:
        count = sum(value is not None for value in parameters["inputs"])
        method = parameters.get("method", "standard")
        if method == "undo":
            return "inputs brought to what the model's own rescaling expects"
        how = _HOW[method]
        return f"inputs rescaled {how}" if count == len(parameters["inputs"]) else f"{count} input(s) rescaled {how}"

    def brief(self, parameters: Parameters) -> str:
        method = parameters["method"]
        return "x scaled" if method == "standard" else f"x scaled ({method})"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        comment = "# autostable: the model standardises its inputs itself"
        if parameters.get("method") == "codes":
            comment = "# autostable: codes are whole numbers again where an embedding looks them up"
        if parameters.get("method") == "undo":
            comment = "# autostable: the inputs are brought to what the model's own rescaling expects"
        return [
            change
            for place, value in enumerate(parameters["inputs"])
            if value is not None
            for change in common.standardized(evidence, value, place, comment)
        ]


def _codes(facts: ArrayFacts, rows: int) -> dict[str, list[float]]:
    """The map after which the least is 0.5, the most 0.5 below the rows of the table: cut to whole numbers these are codes."""
    low, high = min(facts.low), max(facts.high)
    step = (high - low) / (rows - 1)
    return {"center": [low - step / 2.0], "scale": [step]}

"""impute-missing: put the column's median in place of NaN and Inf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge.scales import at
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class ImputeMissing(RemedyStrategy):
    """Fill missing input entries with the column's median.

    ## What it does
    Puts the median of the finite entries of a column in place of its NaN and Inf entries (0 where
    a column has no finite entry at all). Targets are never invented.

    ## Why it works
    The rows keep their good entries. With many bad rows, or a column that is bad throughout,
    leaving rows out would leave nothing.

    ## Example
    ```python
    model.fit(table, price)  # one column is NaN in half of the rows
    ```

    ## Use instead
    ```python
    table = np.where(np.isfinite(table), table, np.nanmedian(table, axis=0))
    ```
    and a column that says whether the entry was missing, if that means something.

    ## Safety
    Not safe in the strict sense: data are invented. Predictions for rows with missing entries use
    the same fill.

    ## References
    R. Little, D. Rubin, "Statistical Analysis with Missing Data", chapter 4.
    """

    name: ClassVar[str] = "impute-missing"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_NONFINITE,)
    betters: ClassVar[bool] = False
    safe: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        bad = self._of_inputs(evidence)
        if not any(bad):
            return ()
        return [
            {
                "inputs": [
                    {"fill": [at(facts.median, i) for i in range(max(1, len(facts.median)))]} if is_bad else None
                    for facts, is_bad in zip(evidence.inputs, bad, strict=True)
                ]
            }
        ]

    def _of_inputs(self, evidence: Evidence) -> list[bool]:
        """Of each input whether it is bad where it is trained or validated on; numbers that were misread are not missing."""
        others = common.validation_inputs(evidence)
        others = others if len(others) == len(evidence.inputs) else list(evidence.inputs)
        pairs = zip(evidence.inputs, others, strict=True)
        return [
            pair[0].misread is None and any(self._bad(each.nan, each.inf, each.bad_row_count) for each in pair)
            for pair in pairs
        ]

    @staticmethod
    def _bad(nan: int, inf: int, rows: int) -> bool:
        return nan + inf + rows > 0

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return common.merge_inputs(
            setup,
            [
                None if value is None else {"fill": tuple(float(v) for v in value["fill"])}
                for value in parameters["inputs"]
            ],
        )

    def describe(self, parameters: Parameters) -> str:
        return "missing inputs filled with the median of their column"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes: list[SourceChange] = []
        for place, value in enumerate(parameters["inputs"]):
            if value is not None:
                changes += self._filled(evidence, place, value["fill"])
        return changes

    @staticmethod
    def _filled(evidence: Evidence, place: int, fill: Sequence[float]) -> Sequence[SourceChange]:
        """A layer in front of the model that puts the medians of the training data in place of what is missing."""
        todo = "put the column's median (of the training data) in place of NaN and Inf in whatever is the model's input"
        if len(fill) > common.MOST_WRITTEN:
            return common.note(evidence.model.fit_site, f"TODO(autostable): {todo}")
        medians = common.numbers(fill)
        code = (
            "# autostable: missing entries get the median of their column\n"
            "@keras.saving.register_keras_serializable()\n"
            "class FillMissing(keras.layers.Layer):\n"
            '    """Puts the median of its column in place of NaN and Inf."""\n\n'
            "    def call(self, inputs):\n"
            f"        return keras.ops.where(keras.ops.isfinite(inputs), inputs, {medians})\n"
            f"FillMissing({common.in_float32(evidence).removeprefix(', ')})"
        )
        inline = f"keras.ops.where(keras.ops.isfinite({{}}), {{}}, {medians})"
        return common.around_model(evidence, "fill", code, place=place, inline=inline, todo=todo)

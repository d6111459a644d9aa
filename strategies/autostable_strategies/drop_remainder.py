"""drop-remainder: train without the last batch of an epoch where it holds fewer rows than the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code, SymptomKind
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class DropRemainder(RemedyStrategy):
    """Leave out the last batch of an epoch where it holds fewer rows than the others.

    ## What it does
    Batches of fewer rows than the first one take no part in training: arrays are cut behind their last whole batch, pipelines
    and generators pass over smaller batches, a `PyDataset` ends one batch earlier. Rows that `validation_split` keeps back
    stay the same ones. It is offered where the step that failed is that of such a batch; not where `fit` is told
    `steps_per_epoch`, unless its pipeline has no end.

    ## Why it works
    Rows do not come in multiples of the batch size. What is computed of a whole batch may have no value for a few rows: a part
    of the batch that is empty has no mean, a deviation that divides by n - 1 none of one row, pairs of rows none without a
    second one.

    ## Example
    ```python
    model.fit(x, y, batch_size=16)  # 1825 rows: the last batch holds one, and a BatchNormalization on a half of it none
    ```

    ## Use instead
    ```python
    rows = len(x) // 16 * 16
    model.fit(x[:rows], y[:rows], batch_size=16)
    ```
    or `.batch(16, drop_remainder=True)` for a pipeline, a batch size that divides the number of rows, or a formula that has a
    value for every number of rows.

    ## Safety
    Safe: all whole batches are trained on as before. Rows of a small one are not; of arrays these are the last rows, in each
    epoch.

    ## References
    TensorFlow's documentation of `tf.data.Dataset.batch`; keras issue 11858.
    """

    name: ClassVar[str] = "drop-remainder"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.EMPTY_MASK,
        Code.BATCHNORM_STATISTICS,
        Code.UNSAFE_DIVISION,
        Code.UNSAFE_SQRT,
        Code.UNSAFE_LOG,
        Code.UNSAFE_POWER,
    )
    guards: ClassVar[bool] = True
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        if evidence.remainder is None or evidence.symptom.kind != SymptomKind.NONFINITE:
            return ()
        return [{"rows": evidence.remainder.whole}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(setup, whole_batches=max(setup.whole_batches, int(parameters["rows"])))

    def describe(self, parameters: Parameters) -> str:
        return f"batches of fewer than {parameters['rows']} rows left out"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        site, rows = evidence.model.fit_site, parameters["rows"]
        todo = (
            f"leave out batches of fewer than {rows} rows (the last one of an epoch; drop_remainder=True of a pipeline)"
        )
        if not common.has_line(site):
            return common.note(evidence.model.optimizer_site, f"TODO(autostable): {todo}")
        several = {"x": len(evidence.inputs), "y": len(evidence.targets)}
        names = [
            each
            for name, count in several.items()
            for each in ([f"{{{name}{place}}}" for place in range(count)] if count > 1 else [f"{{{name}}}"])
        ]
        cut = [f"{name} = {name}[: len({name}) // {rows} * {rows}]" for name in (*names, "{w}")]
        code = "\n".join([f"# autostable: batches of fewer than {rows} rows take no part", *cut])
        return [SourceChange(site, "whole-batches", "fit", code, todo=todo)]

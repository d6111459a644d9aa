"""copy-batches: what reading a batch changes in the stored data is put back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

_TODO = "work on a copy of what is taken from the stored arrays (`.copy()`): a slice is a view, and what is done in place stays"


class CopyBatches(RemedyStrategy):
    """Leave the stored data as they are when a batch is read.

    ## What it does
    Copies each batch that a `PyDataset` gives, and puts the arrays that the dataset holds back to what they were before the
    batch was read. What is done to them between epochs (shuffling) stays.

    ## Why it works
    A slice of a NumPy array is a view: `x = self.x[part]; x -= mean` writes into `self.x`. The next epoch takes the mean away
    once more, and divides by the deviation once more, until all rows are the same number.

    ## Example
    ```python
    def __getitem__(self, index):
        x = self.x[index * 32 : (index + 1) * 32]
        x -= self.mean
        x /= self.std
        return x, self.y[index * 32 : (index + 1) * 32]
    ```

    ## Use instead
    ```python
    x = (self.x[index * 32 : (index + 1) * 32] - self.mean) / self.std
    ```

    ## Safety
    Safe: each epoch is trained on what the first one was. The program's arrays stay as they were, too.

    ## References
    NumPy's documentation, "Copies and views".
    """

    name: ClassVar[str] = "copy-batches"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_UNSCALED_INPUTS,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        return () if evidence.altered is None else [{}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(setup, spare_data=True)

    def describe(self, parameters: Parameters) -> str:
        return "stored data put back after each batch that was read"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        seen = evidence.altered
        if seen is not None and common.has_line(seen.taken):
            return [SourceChange(seen.taken, "wrap-value", code="{}.copy()", todo=_TODO)]
        site = None if seen is None else seen.site
        return common.note(site or evidence.model.fit_site, f"TODO(autostable): {_TODO}")

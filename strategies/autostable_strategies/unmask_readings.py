"""unmask-readings: a mask that hides real readings is given a value that none of them has."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence, MaskFacts
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class UnmaskReadings(RemedyStrategy):
    """Give a mask a value that is no reading.

    ## What it does
    Sets `mask_value` of a `Masking` to a number far below all that it is given, and `mask_zero` of an `Embedding` to False,
    where steps in the middle of rows are masked. Then nothing is; what was padded is read like any other step.

    ## Why it works
    A recurrent layer skips a step that is masked, as if it had never been. Of a signal that is 0 or 1, or of tokens that count
    from 0, that takes the zeros out of the middle of each row, and with them how far apart the ones are.

    ## Example
    ```python
    x = keras.utils.pad_sequences(rows, dtype="float32", padding="post", value=0.0)  # 0 is a reading, too
    h = layers.Masking(mask_value=0.0)(inputs)
    ```

    ## Use instead
    ```python
    x = keras.utils.pad_sequences(rows, dtype="float32", padding="post", value=-1.0)
    h = layers.Masking(mask_value=-1.0)(inputs)
    ```

    ## Safety
    Safe for what is learnt: nothing is left out any more. Rows that are mostly padding are better padded with another value.

    ## References
    keras pull request 239: rows of features that are all 0 can then not be used as regular ones.
    """

    name: ClassVar[str] = "unmask-readings"
    cures: ClassVar[tuple[Code, ...]] = (Code.EMPTY_MASK,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        values = {
            layer.name: None if layer.kind == "Embedding" else _below(layer.mask)
            for layer in evidence.model.layers
            if layer.mask is not None and layer.mask.hides and layer.mask.value is not None
        }
        return [{"values": values}] if values else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        values = {name: None if value is None else float(value) for name, value in parameters["values"].items()}
        return dataclasses.replace(setup, mask_values={**setup.mask_values, **values})

    def describe(self, parameters: Parameters) -> str:
        said = [
            f"{name} masks nothing" if value is None else f"{name} masks {value:g}, which no reading is"
            for name, value in parameters["values"].items()
        ]
        return ", ".join(said)

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes: list[SourceChange] = []
        for layer in evidence.model.layers:
            if layer.name not in parameters["values"]:
                continue
            value = parameters["values"][layer.name]
            keyword, code = ("mask_zero", "False") if value is None else ("mask_value", repr(float(value)))
            todo = f"pad with a number that is no reading, and give it to this layer's mask ({keyword}={code} masks nothing)"
            found = common.set_argument(layer.site, layer.kind, keyword, code)
            found = [dataclasses.replace(change, todo=todo) for change in found]
            found = found or common.note(evidence.model.fit_site, f"TODO(autostable): {layer.name}: {todo}")
            changes += [change for change in found if change not in changes]
        return changes


def _below(mask: MaskFacts) -> float:
    """A round number below all that a layer is given, by more than all that spreads: other batches do not reach it either."""
    wanted = mask.low - (mask.high - mask.low)
    return -(10.0 ** max(0, math.ceil(math.log10(-wanted)))) if wanted < 0.0 else -1.0

"""shift-targets: a model of sequences is asked for the next step, not for the one that it is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class ShiftTargets(RemedyStrategy):
    """Ask for the next step.

    ## What it does
    Compares each answer with the target of the step after it; the answer at the last step, and the target at the first one, are
    left out. The model, its inputs and what it predicts stay as they are.

    ## Why it works
    A decoder that is given the very sequence that it is to say need know nothing: it copies what it is shown. Its loss falls
    to 0 at once, and left to itself it says its start token for ever.

    ## Example
    ```python
    model.fit([letters, sounds], sounds)
    ```

    ## Use instead
    ```python
    model.fit([letters, sounds[:, :-1]], sounds[:, 1:])
    ```

    ## Safety
    Offered only where each target is the input at its own step and no answer depends on later steps: such a training has
    nothing else to learn.

    ## References
    R. Williams, D. Zipser, "A learning algorithm for continually running fully recurrent neural networks", 1989 (teacher
    forcing).
    """

    name: ClassVar[str] = "shift-targets"
    cures: ClassVar[tuple[Code, ...]] = (Code.LABELS_SUSPICIOUS,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        return [{"steps": 1}] if evidence.kind == "fit" and evidence.symptom.evidence.get("copies") else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(setup, shift_targets=int(parameters["steps"]), own_loss=False)

    def describe(self, parameters: Parameters) -> str:
        return "each answer compared with the target of the next step"

    def brief(self, parameters: Parameters) -> str:
        return "y a step on"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        todo = "TODO(autostable): give the model the sequence without its last step, and as targets the one without its first"
        return common.note(evidence.model.fit_site, todo)

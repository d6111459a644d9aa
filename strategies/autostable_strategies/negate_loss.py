"""negate-loss: what a score lacks of 1 is minimised in its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

CODE = """
# autostable: a score is best where it is largest, a loss where it is smallest
def as_a_loss(y_true, y_pred):
    return 1.0 - {loss}(y_true, y_pred)
"""


class NegateLoss(RemedyStrategy):
    """Minimise what a score lacks of 1.

    ## What it does
    Where a loss of one's own is smaller for answers that are all wrong than for those that are all right, it is a score: an
    overlap, a likelihood, a correlation. What is minimised then is what it lacks
    of 1, its best value in most cases; where that is another one the gradient is the same.

    ## Why it works
    An optimizer goes where the loss gets smaller. A score that is handed to it as a loss takes it away from every right answer:
    the loss falls as it should, and the model marks nothing.

    ## Example
    ```python
    def overlap(y_true, y_pred):
        return 2 * ops.sum(y_true * y_pred) / (ops.sum(y_true) + ops.sum(y_pred))


    model.compile("adam", loss=overlap)
    ```

    ## Use instead
    ```python
    model.compile("adam", loss=lambda y_true, y_pred: 1 - overlap(y_true, y_pred))
    ```

    ## Safety
    It changes what is minimised. It is offered only where the loss itself, asked with right and with wrong answers, leaves no
    doubt.

    ## References
    F. Milletari, N. Navab, S.-A. Ahmadi, "V-Net", 2016, section 3: the overlap is maximised.
    """

    name: ClassVar[str] = "negate-loss"
    cures: ClassVar[tuple[Code, ...]] = (Code.LOSS_MISMATCH,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        turned = evidence.symptom.evidence.get("turned") and evidence.kind == "fit"
        return [{"negate": True}] if turned and len(evidence.targets) <= 1 else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(setup, loss_negated=bool(parameters["negate"]), own_loss=False)

    def describe(self, parameters: Parameters) -> str:
        return "what the score lacks of 1 minimised"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        site = evidence.model.loss_site
        if not common.has_line(site):
            return ()
        return [SourceChange(site, "wrap-loss", "loss", CODE.strip(), todo="minimise what this score lacks of 1")]

"""exchange-arguments: a loss of one's own that takes predictions first gets them first."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge import losses
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

CODE = """
# autostable: Keras calls a loss with the targets first
def in_its_order(y_true, y_pred):
    return {loss}(y_pred, y_true)
"""


class ExchangeArguments(RemedyStrategy):
    """Give a loss of one's own its arguments in the order in which it names them.

    ## What it does
    Keras calls a loss with the targets first and the predictions second. Where a loss names them the other way round
    (`def loss(y_pred, y_true)`) it is called with the two exchanged.

    ## Why it works
    What is meant for predictions (a logarithm, a sum that they are divided by) is done to the targets instead: the logarithm
    of a one-hot row is -inf, and where it is not, no gradient of it reaches the model.

    ## Example
    ```python
    def weighted(y_pred, y_true):
        return -tf.reduce_sum(weights * y_true * tf.math.log(y_pred), axis=-1)
    ```

    ## Use instead
    ```python
    def weighted(y_true, y_pred):
        return -tf.reduce_sum(weights * y_true * tf.math.log(y_pred), axis=-1)
    ```

    ## Safety
    It changes what is minimised. It is offered only where the names leave no doubt; a loss that treats both alike is the same
    after it.

    ## References
    Keras, "Training and evaluation with the built-in methods", section "Custom losses".
    """

    name: ClassVar[str] = "exchange-arguments"
    cures: ClassVar[tuple[Code, ...]] = (Code.LOSS_MISMATCH,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        return [{"exchange": True}] if losses.predictions_first(evidence.model.loss_arguments) else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(setup, loss_exchanged=bool(parameters["exchange"]), own_loss=False)

    def describe(self, parameters: Parameters) -> str:
        return "the loss called with predictions first, as it names them"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        site = evidence.model.loss_site
        if not common.has_line(site):
            return ()
        todo = "Keras calls a loss with the targets first: exchange the arguments of this loss"
        return [SourceChange(site, "wrap-loss", "loss", CODE.strip(), todo=todo)]

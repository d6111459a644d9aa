"""lower-weight-decay: the optimizer takes so little of each weight away that a training has time to put it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge import optimizers
from autostable.records import Code, SymptomKind
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

SHARES = (
    1.0,
    0.1,
)  # rate times decay, summed over all steps: by decay alone 37 % or 90 % of the first weights are left


class LowerWeightDecay(RemedyStrategy):
    """Lower the optimizer's weight decay.

    ## What it does
    Sets an upper bound for `weight_decay`: so little that over the whole training it would by itself leave a third of the
    first weights, or nine tenths. Where a training failed before its end it is Keras' own default for AdamW, 0.004. Only where
    the decay has left next to nothing of the weights, or takes away more in one step than there is.

    ## Why it works
    In each step Keras takes `learning_rate * weight_decay` of every weight away. With 0.001 times 30 that is 3 % a step: half
    of each weight is gone after 23 steps, and an optimizer whose steps are 0.001 large cannot put them back. The model ends at
    zero, and answers the same for all rows. A lower rate does not help: it lowers what is put back as much.

    ## Example
    ```python
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=30.0)
    ```

    ## Use instead
    ```python
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.01)
    ```

    ## Safety
    It takes away a part of what was put in against overfitting, so it is only offered where nothing was learnt with it.

    ## References
    I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019; documentation of
    `keras.optimizers.Optimizer` (`weight_decay`).
    """

    name: ClassVar[str] = "lower-weight-decay"
    cures: ClassVar[tuple[Code, ...]] = (Code.LOSS_MISMATCH,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        rate, decay = evidence.model.learning_rate, evidence.model.decay
        if not (optimizers.decayed_away(evidence) or optimizers.decay_overshoots(evidence)):
            return ()
        if evidence.symptom.kind != SymptomKind.USELESS or not rate or not decay:
            return [{"most": optimizers.USUAL_DECAY}]  # for how many steps it was meant is not known
        steps = evidence.course.full or evidence.course.steps
        return [{"most": float(f"{share / (rate * steps):.2g}")} for share in SHARES]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        most, before = float(parameters["most"]), setup.optimizer.decay
        return common.merge_optimizer(setup, decay=most if before is None else min(most, before))

    def describe(self, parameters: Parameters) -> str:
        return f"weight decay at most {parameters['most']:g}"

    def brief(self, parameters: Parameters) -> str:
        return f"decay {parameters['most']:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        return common.set_argument(model.optimizer_site, model.optimizer, "weight_decay", f"{parameters['most']:g}")

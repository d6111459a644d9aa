"""weaken-penalty: what regularizers add is made a small part of the loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge.losses import HEAVY
from autostable.records import Code, SymptomKind
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

SHARES = (1e-3, 1e-4)  # of the loss itself, at the first weights: units that come alive cost many times as much

REGULARIZERS = "L1|L2|L1L2|l1|l2|l1_l2"


class WeakenPenalty(RemedyStrategy):
    """Weaken the model's regularizers.

    ## What it does
    Has what kernel, bias and activity regularizers add to the loss count for less: so much that all of them together come
    to a thousandth or a ten-thousandth of the loss itself, at the first weights. Only where they come to more than
    a tenth of it, and the training has learnt nothing.

    ## Why it works
    A penalty is a sum over all weights, or over all units of a code, and the loss is a mean. An l1 penalty of 0.1 on 32 units
    that are about 0.1 each is 0.32, beside a cross-entropy that may fall from 0.69 to 0.45: the shortest way down is to switch
    all units off, and relus do not come back.

    ## Example
    ```python
    layers.Dense(32, activation="relu", activity_regularizer=keras.regularizers.l1(0.1))
    ```

    ## Use instead
    ```python
    layers.Dense(32, activation="relu", activity_regularizer=keras.regularizers.l1(1e-4))
    ```

    ## Safety
    It takes away a part of what was put in against overfitting, or for a sparse code, so it is only offered where nothing was
    learnt with it.

    ## References
    A. Ng, "Sparse autoencoder", CS294A lecture notes 2011 (the weight of the sparsity penalty).
    """

    name: ClassVar[str] = "weaken-penalty"
    cures: ClassVar[tuple[Code, ...]] = (Code.LOSS_MISMATCH,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        share = evidence.penalty_share
        if evidence.symptom.kind != SymptomKind.USELESS or share is None or share < HEAVY:
            return ()
        return [{"factor": float(f"{wanted / share:.2g}")} for wanted in SHARES]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(setup, penalty_factor=setup.penalty_factor * float(parameters["factor"]))

    def describe(self, parameters: Parameters) -> str:
        return f"penalties times {parameters['factor']:g}"

    def brief(self, parameters: Parameters) -> str:
        return f"penalty x{parameters['factor']:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        heaviest, factor = evidence.penalized, f"{parameters['factor']:g}"
        site = heaviest.penalty_site or heaviest.site
        todo = f"multiply the weight of this regularizer (and of the model's others) by {factor}"
        if not common.has_line(site):
            return ()
        return [SourceChange(site, "scale-arguments", REGULARIZERS, f"{{}} * {factor}", todo=todo)]

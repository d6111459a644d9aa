"""skip-bad-updates: leave out the few steps whose gradients are not finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code, SymptomKind
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class SkipBadUpdates(RemedyStrategy):
    """Skip updates whose gradients are not finite, capped and counted.

    ## What it does
    A step whose gradients hold NaN or Inf leaves weights and optimizer as they were. At most 1 %
    (then 5 %) of the training's steps are skipped, at least three; the next bad one is a failure.

    ## Why it works
    Where a rare batch is at fault and nothing else, leaving it out loses one batch instead of the
    whole training.

    ## Example
    One update in a thousand overflows; all weights are NaN from there on.

    ## Use instead
    Find the batch: the report names its rows. Where the batch cannot be repaired, wrap the
    optimizer in a `keras.optimizers.LossScaleOptimizer`, which skips such steps.

    ## Safety
    Not a cure: the cause stays. Skips are counted and capped, and the report tells how many there
    were. It is the last choice of every cause.

    ## References
    P. Micikevicius et al., "Mixed Precision Training", ICLR 2018, section 3.2.
    """

    name: ClassVar[str] = "skip-bad-updates"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.PRECISION_OVERFLOW,
        Code.GRADIENT_EXPLOSION,
        Code.DATA_NONFINITE,
        Code.EMPTY_MASK,
        Code.UNSAFE_DIVISION,
        Code.UNSAFE_SQRT,
    )
    guards: ClassVar[bool] = True
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        if evidence.symptom.kind not in {SymptomKind.NONFINITE, SymptomKind.STALLED}:
            return ()
        full = evidence.course.full or evidence.course.steps
        return [{"limit": limit} for limit in sorted({max(3, round(0.01 * full)), max(3, round(0.05 * full))})]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return common.merge_optimizer(setup, skip_limit=max(setup.optimizer.skip_limit, int(parameters["limit"])))

    def describe(self, parameters: Parameters) -> str:
        return f"at most {parameters['limit']} non-finite updates skipped (a last resort: their cause stays)"

    def brief(self, parameters: Parameters) -> str:
        return f"skip <= {parameters['limit']}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        return common.note(
            evidence.model.optimizer_site,
            f"autostable: skip steps with gradients that are not finite, at most {parameters['limit']} of them",
        )

"""cap-learning-rate: no step's rate is higher than those that the training was well under."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

JUMP = 2.0  # times the highest rate so far: a schedule that only goes on does not double it between two looks


class CapLearningRate(RemedyStrategy):
    """Cap the learning rate at the highest under which the training was well.

    ## What it does
    Every step's rate is at most the highest that was in force while the training was well; then at most a tenth of that.
    It applies where the rate at the failure is more than twice as high.

    ## Why it works
    A schedule or a callback that lets the rate jump (a unit that is wrong, a boundary that is off by one epoch, a restart that
    is too high) takes a sound training apart in a few steps. What it asks for below the cap stays as it is.

    ## Example
    ```python
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1000, 1010], [1e-3, 1.0, 1e-3])
    ```

    ## Use instead
    ```python
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1000, 1010], [1e-3, 1e-3, 1e-3])
    ```

    ## Safety
    Safe. It slows a training whose rate was to grow so far. It is tried where a training is healed while it goes on
    (`--on-failure heal`).

    ## References
    L. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, for what a rate may grow to.
    """

    name: ClassVar[str] = "cap-learning-rate"
    cures: ClassVar[tuple[Code, ...]] = (Code.LEARNING_RATE_TOO_HIGH,)
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        *before, now = evidence.course.rates or (math.nan,)
        well = max((rate for rate in before if math.isfinite(rate)), default=0.0)
        if well <= 0.0 or not now > JUMP * well:
            return ()
        return [{"most": well}, {"most": float(f"{0.1 * well:.3g}")}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        most, before = float(parameters["most"]), setup.optimizer.rate_cap
        return common.merge_optimizer(setup, rate_cap=most if before is None else min(most, before))

    def describe(self, parameters: Parameters) -> str:
        return f"learning rate of at most {parameters['most']:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        code = common.rate_code(parameters["most"])
        if evidence.model.schedule:
            return common.changed_schedule(evidence, f"keras.ops.minimum({{}}, {code})")
        return common.note(
            evidence.model.optimizer_site, f"autostable: keep the learning rate at {parameters['most']:g} at most"
        )

"""shorten-weight-average: let the averaged weights reach over the last part of the training alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

PART = 0.1  # of all steps, over which the average reaches: what is left of the first weights then is e^-10


class ShortenWeightAverage(RemedyStrategy):
    """Let the averaged weights of an optimizer reach over the last tenth of the training.

    ## What it does
    Gives an optimizer with `use_ema=True` a smaller `ema_momentum`: 1 - 1 / (a tenth of all steps).

    ## Why it works
    An exponential moving average of momentum m reaches over about 1 / (1 - m) steps. `fit` puts the averaged weights in the
    place of the trained ones at its end: with 0.9999 after 500 steps these are still 95 % the weights of the start, whatever
    the training loss says.

    ## Example
    ```python
    optimizer = keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.9999)  # 500 steps
    ```

    ## Use instead
    ```python
    optimizer = keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.98)
    ```

    ## Safety
    Safe. It changes nothing of the training itself, but which of its weights are kept.

    ## References
    B. T. Polyak, A. B. Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; documentation of
    `keras.optimizers.Optimizer` (`use_ema`, `ema_momentum`).
    """

    name: ClassVar[str] = "shorten-weight-average"
    cures: ClassVar[tuple[Code, ...]] = (Code.LEARNING_RATE_TOO_LOW,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        steps, momentum = evidence.course.full or evidence.course.steps, evidence.model.average
        if momentum is None or not evidence.symptom.evidence.get("averaged_weights"):
            return ()
        shorter = float(f"{max(0.0, 1.0 - 1.0 / (PART * steps)):.4g}")
        return [{"momentum": shorter}] if shorter < momentum else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        least = setup.optimizer.average
        momentum = float(parameters["momentum"])
        return common.merge_optimizer(setup, average=momentum if least is None else min(momentum, least))

    def describe(self, parameters: Parameters) -> str:
        return f"weights averaged with momentum {parameters['momentum']:g}"

    def brief(self, parameters: Parameters) -> str:
        return f"average {parameters['momentum']:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        return common.set_argument(model.optimizer_site, model.optimizer, "ema_momentum", f"{parameters['momentum']:g}")

"""warm-up-learning-rate: begin with small steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class WarmUpLearningRate(RemedyStrategy):
    """Warm the learning rate up.

    ## What it does
    Lets the learning rate grow linearly from zero to its value over the first 5 % (then 20 %) of
    the training's steps, at least ten.

    ## Why it works
    The curvature is largest around fresh weights, and adaptive optimizers know least about the
    gradients then. After some small steps the same rate is often harmless.

    ## Example
    ```python
    optimizer = keras.optimizers.Adam(1e-2)
    ```

    ## Use instead
    ```python
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 10000, warmup_target=1e-2, warmup_steps=500)
    optimizer = keras.optimizers.Adam(schedule)
    ```

    ## Safety
    Safe: after the warm-up the training is the user's own.

    ## References
    P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017.
    """

    name: ClassVar[str] = "warm-up-learning-rate"
    cures: ClassVar[tuple[Code, ...]] = (Code.LEARNING_RATE_TOO_HIGH, Code.GRADIENT_EXPLOSION, Code.DEAD_RELU)
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        full = evidence.course.full or max(evidence.course.steps, 200)
        counts = sorted({max(10, round(0.05 * full)), max(10, round(0.2 * full))})
        return [{"steps": count} for count in counts if count < full]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return common.merge_optimizer(setup, warmup_steps=max(setup.optimizer.warmup_steps, int(parameters["steps"])))

    def describe(self, parameters: Parameters) -> str:
        return f"learning rate warmed up over {parameters['steps']} steps"

    def brief(self, parameters: Parameters) -> str:
        return f"warm-up {parameters['steps']}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        if model.schedule or model.learning_rate is None or not evidence.course.full:
            return common.note(
                model.optimizer_site, f"autostable: warm the learning rate up over {parameters['steps']} steps"
            )
        steps, rate = parameters["steps"], common.rate_code(model.learning_rate)
        code = f"keras.optimizers.schedules.PolynomialDecay(0.0, {steps}, end_learning_rate={rate})"  # grows linearly
        return common.set_argument(model.optimizer_site, model.optimizer, "learning_rate", code)

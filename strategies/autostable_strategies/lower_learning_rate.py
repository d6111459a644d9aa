"""lower-learning-rate: smaller steps, or a valid rate in place of an invalid one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence, ModelFacts
from autostable.knowledge import optimizers
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Pace, Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

FACTORS = (0.3, 0.1, 0.03, 0.01, 0.001, 1e-4)


def invalid(model: ModelFacts) -> bool:
    """Whether the learning rate can train nothing; a schedule may well start at 0."""
    rate = model.learning_rate
    if rate is None:
        return False
    return not math.isfinite(rate) or rate < 0.0 or (rate == 0.0 and not model.schedule)


class LowerLearningRate(RemedyStrategy):
    """Lower the learning rate.

    ## What it does
    Multiplies the learning rate of every step by a factor, schedules included. A rate that is
    NaN, infinite, negative or zero is replaced by the optimizer's default.

    ## Why it works
    Gradient descent is stable only while the rate is below 2 / (largest curvature). Above it
    each step lands further out than the one before, until the loss overflows.

    ## Example
    ```python
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=3.0), loss="mse")
    ```

    ## Use instead
    ```python
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.3), loss="mse")
    ```

    ## Safety
    Safe, but slow: a rate lower than needed costs quality in the same number of epochs. It hides
    faults of data and labels, which have remedies of their own.

    ## References
    J. Cohen et al., "Gradient Descent on Neural Networks Typically Occurs at the Edge of
    Stability", ICLR 2021.
    """

    name: ClassVar[str] = "lower-learning-rate"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.LEARNING_RATE_TOO_HIGH,
        Code.LEARNING_RATE_INVALID,
        Code.GRADIENT_EXPLOSION,
        Code.DEAD_RELU,
        Code.SATURATED_ACTIVATION,
        Code.PRECISION_OVERFLOW,
        Code.BATCHNORM_STATISTICS,
    )
    betters: ClassVar[bool] = False
    pace: ClassVar[Pace | None] = Pace.SLOWER

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        if invalid(evidence.model):
            given, rate = evidence.model.learning_rate, optimizers.usual_rate(evidence.model.optimizer)
            if given is not None and rate / 10 <= -given <= 20 * rate:
                rate = -given  # a sign too many: its size was meant
            return [{"rate": rate}, {"rate": float(f"{rate * 0.1:.3g}")}]
        return [{"factor": factor} for factor in FACTORS]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        if parameters.get("rate") is not None:
            return common.merge_optimizer(setup, rate=float(parameters["rate"]))
        return common.merge_optimizer(setup, rate_factor=setup.optimizer.rate_factor * float(parameters["factor"]))

    def describe(self, parameters: Parameters) -> str:
        if parameters.get("rate") is not None:
            return f"learning rate set to {parameters['rate']:g}"
        return f"learning rate times {parameters['factor']:g}"

    def brief(self, parameters: Parameters) -> str:
        rate = parameters.get("rate")
        return f"rate x{parameters['factor']:g}" if rate is None else f"rate {rate:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        if parameters.get("rate") is not None:
            code = common.rate_code(parameters["rate"])
            if not model.schedule:
                return common.set_argument(model.optimizer_site, model.optimizer, "learning_rate", code)
            # it takes the place of what is no rate, step by step
            return common.changed_schedule(
                evidence, f'keras.ops.where((0.0 < {{}}) & ({{}} < float("inf")), {{}}, {code})'
            )
        if model.schedule:
            return common.multiplied_schedule(evidence, parameters["factor"])
        if model.learning_rate is None:
            return common.note(
                model.optimizer_site, f"autostable: multiply the learning rate by {parameters['factor']:g}"
            )
        return common.set_rate(evidence, parameters["factor"])

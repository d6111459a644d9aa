"""raise-learning-rate: larger steps where the training hardly moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge import optimizers
from autostable.records import Code, SymptomKind
from autostable.setup import Setup
from autostable.strategy import Pace, Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common
from autostable_strategies.lower_learning_rate import invalid


class RaiseLearningRate(RemedyStrategy):
    """Raise the learning rate.

    ## What it does
    Multiplies the learning rate of every step by a factor greater than one, schedules included.
    It never goes beyond ten times the optimizer's default, counted as clipping and sample weights leave it. Where plain
    gradients have hardly moved the weights it goes as far as they lack. Where a schedule lets
    the rate vanish in the first third of the steps, it is not let below its first value, or the optimizer's default if that is
    more than three times as much.

    ## Why it works
    With a rate of 1e-7 the weights end where they began. Nothing is unstable, nothing is learnt.

    ## Example
    ```python
    model.compile(optimizer=keras.optimizers.Adam(1e-7), loss="mse")
    ```

    ## Use instead
    ```python
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    ```

    ## Safety
    Safe where the loss hardly moved; it is not offered where the loss was not finite.

    ## References
    L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017 (the range test).
    """

    name: ClassVar[str] = "raise-learning-rate"
    cures: ClassVar[tuple[Code, ...]] = (Code.LEARNING_RATE_TOO_LOW,)
    pace: ClassVar[Pace | None] = Pace.FASTER

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        if (
            evidence.symptom.kind in {SymptomKind.NONFINITE, SymptomKind.DIVERGED}
            or invalid(evidence.model)
            or evidence.unapplied is not None
        ):
            return ()
        if evidence.course.rate_vanishes_at is not None:
            first, usual = evidence.course.rates[0], optimizers.usual_rate(evidence.model.optimizer)
            floors = [first, *([usual] if usual > 3 * first else [])]
            return [{"floor": float(f"{floor:.3g}")} for floor in floors]
        missing = optimizers.missing(evidence)
        if missing is not None:
            return [{"factor": float(f"{times * missing:.2g}")} for times in (0.1, 1.0, 10.0)]
        rate = optimizers.working_rate(evidence)
        factors = {3.0, 10.0, 100.0}
        if rate:
            default = optimizers.usual_rate(evidence.model.optimizer)
            if default / rate > 100.0:
                factors |= {float(f"{times * default / rate:.3g}") for times in (1.0, 10.0)}
            # plain gradients need rates in proportion to their size, which nobody knows; adaptive steps do not
            most = 10.0
            if optimizers.known(evidence.model.optimizer).plain:
                most = 100.0
                factors.add(1000.0)
            factors = {factor for factor in factors if rate * factor <= 1.001 * most * default}
        return [{"factor": factor} for factor in sorted(factors)]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        if "floor" in parameters:
            floor = max(float(parameters["floor"]), setup.optimizer.rate_floor or 0.0)
            return common.merge_optimizer(setup, rate_floor=floor)
        return common.merge_optimizer(setup, rate_factor=setup.optimizer.rate_factor * float(parameters["factor"]))

    def describe(self, parameters: Parameters) -> str:
        if "floor" in parameters:
            return f"learning rate never below {parameters['floor']:g}"
        return f"learning rate times {parameters['factor']:g}"

    def brief(self, parameters: Parameters) -> str:
        floor = parameters.get("floor")
        return f"rate x{parameters['factor']:g}" if floor is None else f"rate >= {floor:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        if "floor" in parameters:
            floor = f"{parameters['floor']:g}"
            return common.changed_schedule(evidence, f"keras.ops.maximum({{}}, {floor})", floor)
        if model.schedule:
            return common.multiplied_schedule(evidence, parameters["factor"])
        if model.learning_rate is None:
            return common.note(
                model.optimizer_site, f"autostable: multiply the learning rate by {parameters['factor']:g}"
            )
        return common.set_rate(evidence, parameters["factor"])

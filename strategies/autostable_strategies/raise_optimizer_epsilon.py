"""raise-optimizer-epsilon: damp the division by tiny second moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

BOUNDS = (1e-6, 1e-4, 1e-2)


class RaiseOptimizerEpsilon(RemedyStrategy):
    """Raise the optimizer's epsilon.

    ## What it does
    Gives Adam and its kin a larger `epsilon`: 1e-6, 1e-4, 1e-2.

    ## Why it works
    Adam divides by sqrt(v) + epsilon. Where gradients have been almost zero for long, v is tiny,
    and the first real gradient makes a step of many times the learning rate; in half precision
    1e-7 even rounds to zero.

    ## Example
    ```python
    optimizer = keras.optimizers.Adam(1e-3)
    ```

    ## Use instead
    ```python
    optimizer = keras.optimizers.Adam(1e-3, epsilon=1e-4)
    ```

    ## Safety
    Safe. A large epsilon makes Adam behave more like momentum and may slow it down.

    ## References
    Documentation of `keras.optimizers.Adam`: "The default value of 1e-7 for epsilon might not be a
    good default in general."
    """

    name: ClassVar[str] = "raise-optimizer-epsilon"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.GRADIENT_EXPLOSION,
        Code.LEARNING_RATE_TOO_HIGH,
        Code.PRECISION_OVERFLOW,
    )

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        model = evidence.model
        if model.optimizer not in common.ADAPTIVE:
            return ()
        return [{"epsilon": bound} for bound in BOUNDS if bound > common.finite(model.epsilon, 1e-7)]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return common.merge_optimizer(setup, epsilon=max(float(parameters["epsilon"]), setup.optimizer.epsilon or 0.0))

    def describe(self, parameters: Parameters) -> str:
        return f"optimizer's epsilon at least {parameters['epsilon']:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        return common.set_argument(model.optimizer_site, model.optimizer, "epsilon", f"{parameters['epsilon']:g}")

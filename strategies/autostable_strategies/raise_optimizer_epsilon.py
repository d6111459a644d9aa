"""raise-optimizer-epsilon: damp the division by tiny second moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge import optimizers
from autostable.knowledge.scales import finite
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

BOUNDS = (1e-7, 1e-6, 1e-4, 1e-2)
USUAL_NAME = "epsilon"
HALF = 1e-4  # the least epsilon that matters beside a root that is kept in float16


class RaiseOptimizerEpsilon(RemedyStrategy):
    """Raise the optimizer's epsilon.

    ## What it does
    Gives Adam and its kin a larger `epsilon` (Ftrl a `beta`): 1e-7, 1e-6, 1e-4, 1e-2. Only where it is below the usual
    1e-7, where the model computes in half precision, or where the update itself gave the first bad number;
    from 1e-4 on where weights and slots are float16, too.

    ## Why it works
    Adam divides by sqrt(v) + epsilon. Where gradients have been almost zero for long, v is tiny,
    and the first real gradient makes a step of many times the learning rate; in half precision
    1e-7 even rounds to zero. With `epsilon=0` a weight whose gradient is exactly zero (an input column
    that is always 0, an embedding row never looked up) becomes 0 / 0.

    ## Example
    ```python
    optimizer = keras.optimizers.Adam(1e-3, epsilon=0.0)
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
        Code.UNSAFE_DIVISION,
        Code.UNSAFE_SQRT,
    )
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        model = evidence.model
        name = optimizers.known(model.optimizer).epsilon
        if not name:
            return ()
        epsilon = finite(model.epsilon, optimizers.USUAL_EPSILON)
        finding = evidence.finding
        born_here = finding is not None and finding.born == "update"
        if name != USUAL_NAME and not born_here:
            return ()  # Ftrl has none as it comes, and fares well without
        if epsilon >= optimizers.USUAL_EPSILON and not born_here and "16" not in model.precision:
            return ()
        # where second moments are kept in half precision too, the root of the least one is 2.4e-4
        least = HALF if model.precision == "float16" else 0.0
        return [{"epsilon": bound} for bound in BOUNDS if bound > epsilon and bound >= least]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return common.merge_optimizer(setup, epsilon=max(float(parameters["epsilon"]), setup.optimizer.epsilon or 0.0))

    def describe(self, parameters: Parameters) -> str:
        return f"optimizer's epsilon at least {parameters['epsilon']:g}"

    def brief(self, parameters: Parameters) -> str:
        return f"epsilon {parameters['epsilon']:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        name = optimizers.known(model.optimizer).epsilon or USUAL_NAME
        return common.set_argument(model.optimizer_site, model.optimizer, name, f"{parameters['epsilon']:g}")

"""clip-gradients: bound the norm of all gradients together."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class ClipGradients(RemedyStrategy):
    """Clip the global norm of the gradients.

    ## What it does
    Scales all gradients of a step down together where their joint norm exceeds a bound. The first
    bound is what the norm was while the training was well; then 1.0 and 0.1.

    ## Why it works
    One step across a cliff of the loss throws the weights far away. A bound on the norm keeps the
    direction and limits the length, so that the next steps can come back.

    ## Example
    ```python
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    ```

    ## Use instead
    ```python
    model.compile(optimizer=keras.optimizers.Adam(1e-3, global_clipnorm=1.0), loss="mse")
    ```

    ## Safety
    Safe. It does not help against a gradient that already holds NaN or Inf: there the clipped
    gradient is NaN in every weight.

    ## References
    R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013.
    """

    name: ClassVar[str] = "clip-gradients"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.GRADIENT_EXPLOSION,
        Code.LEARNING_RATE_TOO_HIGH,
        Code.DATA_OUTLIERS,
        Code.UNSAFE_EXP,
        Code.UNSAFE_POWER,
        Code.PRECISION_OVERFLOW,
        Code.BATCHNORM_STATISTICS,
    )
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        norms = []
        for norm in evidence.course.gradients:
            if not math.isfinite(norm):
                break
            if norm > 0.0:
                norms.append(norm)
        bounds = {1.0, 0.1}
        if norms:
            usual = common.round_125(statistics.median(norms[: max(1, len(norms) // 4)]))
            if usual < 1.0:
                bounds = {usual, common.round_125(usual / 10.0)}
            else:
                bounds.add(usual)
                if usual > 1e3:
                    bounds.add(common.round_125(math.sqrt(usual)))
        return [{"global_clipnorm": bound} for bound in sorted(bounds, reverse=True)]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        bound, before = float(parameters["global_clipnorm"]), setup.optimizer.global_clipnorm
        return common.merge_optimizer(setup, global_clipnorm=bound if before is None else min(bound, before))

    def describe(self, parameters: Parameters) -> str:
        return f"gradients clipped to a joint norm of {parameters['global_clipnorm']:g}"

    def brief(self, parameters: Parameters) -> str:
        return f"clip at {parameters['global_clipnorm']:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        code = f"{parameters['global_clipnorm']:g}" if parameters["global_clipnorm"] != 1 else "1.0"
        return common.set_argument(model.optimizer_site, model.optimizer, "global_clipnorm", code)

"""clip-outlying-gradients: clip a norm of the gradients that lies far above what it has been of late (ZClip)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class ClipOutlyingGradients(RemedyStrategy):
    """Clip gradients whose joint norm is an outlier among those of the last steps.

    ## What it does
    Keeps mean and variance of the joint norm of the gradients, each step counting for 3 %. A norm that lies more than z
    deviations above the mean is clipped, the harder the farther out it lies: to z / distance times z deviations. z is
    3.5, then 2.5. It begins with the norms that the training has had.

    ## Why it works
    A fixed bound is too wide where a training has calmed down and too narrow where it has not. Spikes of the loss in long
    runs begin with a few steps whose gradients are far out for that time; what is usual for that time passes untouched.

    ## Example
    ```python
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    ```

    ## Use instead
    ```python
    model.compile(optimizer=keras.optimizers.Adam(1e-3, global_clipnorm=1.0), loss="mse")
    ```
    where one bound does for the whole training. Keras has no bound of its own that follows the norms.

    ## Safety
    Safe: directions stay, only lengths change, and only of outliers. It is tried where a training is healed while it
    goes on (`--on-failure heal`), after what the causes call for.

    ## References
    A. Kumar et al., "ZClip: Adaptive Spike Mitigation for LLM Pre-Training", arXiv 2504.02507, 2025.
    """

    name: ClassVar[str] = "clip-outlying-gradients"
    cures: ClassVar[tuple[Code, ...]] = (Code.GRADIENT_EXPLOSION, Code.LEARNING_RATE_TOO_HIGH)
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        usual = common.usual_norm(evidence)
        if usual is None:
            return ()
        mean, deviation = usual
        return [{"z": z, "mean": mean, "deviation": deviation} for z in (3.5, 2.5)]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        z, mean, deviation = (float(parameters[name]) for name in ("z", "mean", "deviation"))
        before = setup.optimizer.outlier_clip
        z = z if before is None else min(z, before[0])
        return common.merge_optimizer(setup, outlier_clip=(z, mean, deviation))

    def describe(self, parameters: Parameters) -> str:
        return (
            f"gradients clipped where their norm lies more than {parameters['z']:g} deviations above its mean of late"
        )

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        most = common.round_125(parameters["mean"] + parameters["z"] * parameters["deviation"])
        if not math.isfinite(most) or evidence.model.optimizer_site is None:
            return ()
        return common.note(
            evidence.model.optimizer_site,
            f"autostable: gradients far above their norm of late were clipped; in Keras global_clipnorm={most:g} is nearest",
        )

"""clip-growing-gradients: clip the gradient of each weight to little more than its norm has been of late (AdaGC)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class ClipGrowingGradients(RemedyStrategy):
    """Clip the gradient of each weight by its own norm of late.

    ## What it does
    Keeps the norm of each weight's gradient, each step counting for 2 %, and clips a gradient to 1.5 times, then 1.05 times
    that. For the first 100 steps all gradients together are clipped to what their joint norm has been.

    ## Why it works
    Where one matrix begins to run away (a scale of a normalisation, an embedding) the joint norm hardly shows it. With a bound
    for each weight none can grow faster than a few percent a step.

    ## Example
    ```python
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    ```

    ## Use instead
    ```python
    model.compile(optimizer=keras.optimizers.Adam(1e-3, clipnorm=1.0), loss="mse")
    ```
    where one bound does for each weight. Keras has no bound of its own that follows the norms.

    ## Safety
    Safe: directions of each weight's gradient stay. It slows a training whose gradients have to grow. It is tried where a
    training is healed while it goes on (`--on-failure heal`), after what the causes call for.

    ## References
    G. Wang et al., "AdaGC: Improving Training Stability for Large Language Model Pretraining", arXiv 2502.11034, 2025.
    """

    name: ClassVar[str] = "clip-growing-gradients"
    cures: ClassVar[tuple[Code, ...]] = (Code.GRADIENT_EXPLOSION, Code.LEARNING_RATE_TOO_HIGH)
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        usual = common.usual_norm(evidence)
        if usual is None:
            return ()
        return [{"ratio": ratio, "norm": usual[0]} for ratio in (1.5, 1.05)]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        ratio, norm = float(parameters["ratio"]), float(parameters["norm"])
        before = setup.optimizer.growth_clip
        return common.merge_optimizer(setup, growth_clip=(ratio if before is None else min(ratio, before[0]), norm))

    def describe(self, parameters: Parameters) -> str:
        return f"the gradient of each weight clipped to {parameters['ratio']:g} times its norm of late"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        if evidence.model.optimizer_site is None:
            return ()
        return common.note(
            evidence.model.optimizer_site,
            f"autostable: gradients that grew were clipped; clipnorm={parameters['norm']:g} is the nearest in Keras",
        )

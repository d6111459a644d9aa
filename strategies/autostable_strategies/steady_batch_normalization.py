"""steady-batch-normalization: averages that are as good at inference as in training."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import Evidence
from autostable.records import Code, SymptomKind
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

LEAST_MOMENTUM, MOST_MOMENTUM = 0.5, 0.99


class SteadyBatchNormalization(RemedyStrategy):
    """Let batch normalisation keep averages that it can be used with.

    ## What it does
    Where the moving averages lag behind, lowers their momentum, so that they have forgotten their
    first values long before the training ends. Where they are of the last few rows, raises it, so that
    they are of as many as that allows. Where a batch holds one number for each feature
    (or as the stronger step), the layer uses its moving averages in training too and leaves them
    as they are: it scales and shifts, no more.

    ## Why it works
    With momentum 0.9999 the averages are still made of their first values after 200 steps: the
    layer is another one at inference. With momentum 0.1 (what PyTorch calls 0.1 is 0.9 in Keras) they are
    those of the last batch, which may hold a few rows only. Over one number the mean is that number: what is left of
    any input is zero.

    ## Example
    ```python
    layers.BatchNormalization(momentum=0.9999)
    ```

    ## Use instead
    ```python
    layers.BatchNormalization(momentum=0.9)
    ```
    or, where batches have to be of one row, `layers.LayerNormalization()`.

    ## Safety
    Safe. A layer with frozen averages normalises nothing: deep networks may need another
    normalisation in its place.

    ## References
    S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015; Y. Wu, J. Johnson, "Rethinking 'Batch' in
    BatchNorm", 2021.
    """

    name: ClassVar[str] = "steady-batch-normalization"
    cures: ClassVar[tuple[Code, ...]] = (Code.BATCHNORM_STATISTICS,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        layers = [layer for layer in evidence.model.layers if layer.momentum is not None]
        if not layers or evidence.symptom.kind != SymptomKind.USELESS:
            return ()
        if evidence.course.batch == 1 or any(layer.averaged == 1 for layer in layers):
            return [{"frozen": True}]
        steps = max(evidence.course.steps, 1)
        momentum = round(min(MOST_MOMENTUM, max(LEAST_MOMENTUM, 1 - 14 / steps)), 3)  # its start is down to e^-14
        lower = max(layer.momentum or 0.0 for layer in layers) > momentum
        wavers = "averages_of" in evidence.symptom.evidence
        found: list[dict[str, Any]] = [{"momentum": momentum}] if lower or wavers else []
        return [*found, {"frozen": True}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        if parameters.get("frozen"):
            return dataclasses.replace(setup, batchnorm_frozen=True)
        return dataclasses.replace(setup, batchnorm_momentum=float(parameters["momentum"]))

    def describe(self, parameters: Parameters) -> str:
        if parameters.get("frozen"):
            return "batch normalisation by its moving averages"
        return f"momentum of batch normalisation {parameters['momentum']:g}"

    def brief(self, parameters: Parameters) -> str:
        return "batch norm frozen" if parameters.get("frozen") else f"momentum {parameters['momentum']:g}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes: list[SourceChange] = []
        for layer in evidence.model.layers:
            if layer.momentum is None:
                continue
            if parameters.get("frozen"):
                wanted = common.set_argument(layer.site, layer.kind, "trainable", "False")
            else:
                wanted = common.set_argument(layer.site, layer.kind, "momentum", f"{parameters['momentum']:g}")
            changes += [change for change in wanted if change not in changes]
        return changes

"""promote-precision: compute in a type with a larger range."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import How, OperationGuard, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

ORDER = ("bfloat16", "float32")
SETTERS = (
    "set_dtype_policy",
    "set_global_policy",
    "set_policy",
    "set_floatx",
    "DTypePolicy",
    "Policy",
    "dtype",
    "dtype_policy",
)
CAST = "TODO(autostable): cast to float32 here, float16 does not hold what comes of it"
HALVES = ("float16", "mixed_float16", "bfloat16", "mixed_bfloat16")


class PromotePrecision(RemedyStrategy):
    """Compute in bfloat16 or float32 instead of float16.

    ## What it does
    Changes the layers' precision: from mixed_float16 to bfloat16, then to float32. A model that keeps its weights in float16
    (`set_floatx("float16")`) is made anew in float32, loss and metrics included. Where code of your own casts to float16 what
    overflows there, or becomes 0, it casts to float32.

    ## Why it works
    float16 ends at 65504. A sum of squares over a few hundred pixels is beyond that, and so is an
    attention score before its softmax. bfloat16 has the range of float32 at the same size. Weights in float16 lose most
    of their updates, and an optimizer's epsilon of 1e-7 is zero there.

    ## Example
    ```python
    keras.mixed_precision.set_global_policy("float16")
    ```

    ## Use instead
    ```python
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    ```

    ## Safety
    Safe. It may be slower on hardware without bfloat16.

    ## References
    D. Kalamkar et al., "A Study of BFLOAT16 for Deep Learning Training", 2019.
    """

    name: ClassVar[str] = "promote-precision"
    cures: ClassVar[tuple[Code, ...]] = (Code.PRECISION_OVERFLOW,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        precision, finding = evidence.model.precision, evidence.finding
        halved = finding.halved if finding is not None else ()
        if halved and not evidence.model.in_half:
            return [{"dtype": "float32", "casts": [{"file": site.file, "line": site.line} for site in halved]}]
        if precision == "float16":
            return [{"dtype": "float32"}]  # weights in bfloat16 would have three digits
        if precision == "mixed_float16":
            return [{"dtype": dtype} for dtype in ORDER]
        return [{"dtype": "float32"}] if precision in {"bfloat16", "mixed_bfloat16"} else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        dtype = str(parameters["dtype"])
        if parameters.get("casts"):
            guards = [
                OperationGuard("Cast", str(each["file"]), int(each["line"]), None, 0.0, how=How.FULL)
                for each in parameters["casts"]
            ]
            return dataclasses.replace(setup, operations=(*setup.operations, *guards))
        return dataclasses.replace(setup, dtype="float32" if "float32" in (dtype, setup.dtype) else dtype)

    def describe(self, parameters: Parameters) -> str:
        return f"computed in {parameters['dtype']}"

    def brief(self, parameters: Parameters) -> str:
        return str(parameters["dtype"])

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        if parameters.get("casts") and evidence.finding is not None:
            return [change for site in evidence.finding.halved for change in common.note(site, CAST)]
        policy = "mixed_bfloat16" if parameters["dtype"] == "bfloat16" and "mixed" in model.precision else "float32"
        site = model.fit_site or model.optimizer_site
        if not common.has_line(site):
            return ()
        names = f"{'|'.join(SETTERS)}={'|'.join(HALVES)}"
        todo = f'compute in {policy}: keras.config.set_dtype_policy("{policy}") before any layer is made, no float16 elsewhere'
        return [SourceChange(site, "replace-text", names, common.quoted(policy), todo=todo)]

"""safe-mask: no division by an empty mask, and no infinity in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence, Finding
from autostable.knowledge.operations import DIVISIONS
from autostable.records import Code, Site
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common
from autostable_strategies.epsilon_loss import add_guards, describe_guards, join_guards, singular_ops

BOUNDS = (1e-7, 1e-3)
SHARES = ("Softmax", "LogSoftmax", "SoftmaxCrossEntropyWithLogits")
MASKED = (*SHARES, "Mul")


class SafeMask(RemedyStrategy):
    """Keep masked means and attentions from dividing by an empty mask.

    ## What it does
    Bounds the divisor of the masked pooling or attention layer from below: the mean over no time
    step at all is 0 instead of 0/0. Where classes are masked by -inf and the loss counts 0 * -inf for
    them, the mask becomes a large finite number.

    ## Why it works
    An example that is all padding has no valid time step. Its mean is NaN, and the gradient of that
    one example makes the embedding and all other weights NaN.

    ## Example
    ```python
    hidden = layers.Embedding(vocabulary, 16, mask_zero=True)(words)
    hidden = layers.GlobalAveragePooling1D()(hidden)
    ```
    with a row of zeros in the data.

    ## Use instead
    ```python
    written = reviews.any(axis=1)
    model.fit(reviews[written], labels[written])
    ```

    ## Safety
    Safe: examples with a valid step are not touched. Empty ones train with a mean of 0.

    ## References
    keras issue 18152.
    """

    name: ClassVar[str] = "safe-mask"
    cures: ClassVar[tuple[Code, ...]] = (Code.EMPTY_MASK,)
    guards: ClassVar[bool] = True
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        finding = evidence.finding
        if finding is None:
            return ()
        if finding.op in SHARES or (finding.value_alone and finding.op == "Mul"):
            own = finding.site is not None and not finding.builtin
            place = {
                "file": finding.site.file if own and finding.site else None,
                "line": finding.site.line if own and finding.site else None,
                "layer": None if own else "loss" if finding.in_loss else finding.layer,
            }
            largest = 1e4 if "float16" in evidence.model.precision else 1e9
            return [{"guards": [{"op": finding.op, **place, "bound": largest}]}]
        if finding.in_loss or finding.layer is None:
            return ()
        ops = [op for op in singular_ops(finding) if op in DIVISIONS | {"Reciprocal", "Inv"}]
        if not ops:
            return ()
        return [
            {"guards": [{"op": op, "file": None, "line": None, "layer": finding.layer, "bound": bound} for op in ops]}
            for bound in BOUNDS
        ]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return add_guards(setup, parameters["guards"])

    def joined(self, one: Parameters, other: Parameters) -> Parameters:
        return join_guards(one, other)

    def describe(self, parameters: Parameters) -> str:
        guard = parameters["guards"][0]
        if guard["op"] not in MASKED:
            return describe_guards(parameters["guards"])
        owner = guard["layer"] if guard["layer"] not in (None, "loss") else "the loss"
        place = f"{guard['file']}:{guard['line']}" if guard["file"] else owner
        return f"masked with {-guard['bound']:g} instead of -inf in {place}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        fit, finding = evidence.model.fit_site, evidence.finding
        if finding is not None and finding.value_alone:
            return self._finite_mask(parameters, finding)
        shares = [guard for guard in parameters["guards"] if guard["op"] in ("Softmax", "LogSoftmax") and guard["line"]]
        if shares:
            todo = "keep the logits of this softmax off -inf: a row that is masked altogether has no shares"
            return [
                SourceChange(
                    Site(file=guard["file"], line=guard["line"]), "wrap-argument", "softmax|log_softmax",
                    f"keras.ops.maximum({{}}, -{guard['bound']:g})", todo=todo,
                )
                for guard in shares
            ]  # fmt: skip
        site = finding.layer_site if finding is not None and finding.layer_site is not None else fit
        said = (
            "autostable: rows that are masked throughout have no mean: this divides by their length, in predictions too"
        )
        changes = common.note(site, said)
        if len(evidence.inputs) == 1 and len(evidence.targets) == 1 and len(evidence.inputs[0].shape) == 2:
            changes += common.before_fit(
                evidence,
                "# autostable: rows without any valid step have no mean\n"
                "filled = {x}.any(axis=1)\n"
                "{x}, {y} = {x}[filled], {y}[filled]\n"
                "{w} = {w}[filled]",
            )
        return changes

    @staticmethod
    def _finite_mask(parameters: Parameters, finding: Finding) -> Sequence[SourceChange]:
        """A large number in the place of the mask's infinity, where that is put in."""
        if not common.has_line(finding.entered):
            return ()
        assert finding.entered is not None
        lowest = f"-{parameters['guards'][0]['bound']:g}"
        todo = f"mask with {lowest} instead of -inf: the loss counts 0 * -inf, which is NaN, for a class that is masked"
        return [SourceChange(finding.entered, "wrap-call", "where", f"keras.ops.maximum({{}}, {lowest})", todo=todo)]

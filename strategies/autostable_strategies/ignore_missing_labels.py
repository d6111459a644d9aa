"""ignore-missing-labels: entries of the targets that are NaN count for nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence, LateMask
from autostable.knowledge.operations import PAIRED, spelled
from autostable.records import Code
from autostable.setup import How, OperationGuard, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class IgnoreMissingLabels(RemedyStrategy):
    """Put the model's own prediction in place of target entries that are NaN or Inf.

    ## What it does
    Before the loss is taken, target entries that are not finite become what the model predicts there, without a gradient. A
    loss is flat where a prediction meets its target, so such entries move nothing; the other entries of the row count. In a
    step of the user's own, whose loss nobody else computes, outputs get no gradient where that is not finite instead. Where
    such entries are multiplied by 0 later, they are 0 in the operation that takes them first.

    ## Why it works
    A mask over the loss comes too late: the gradient of `where(isnan(loss), 0, loss)` is 0 times that of a NaN, which is
    NaN. What is masked has to be harmless before the loss sees it.

    ## Example
    ```python
    loss = square(y_true - y_pred)
    loss = tf.where(tf.math.is_nan(loss), 0.0, loss)
    ```

    ## Use instead
    ```python
    known = tf.math.is_finite(y_true)
    loss = square(tf.where(known, y_true, 0.0) - y_pred)
    loss = tf.where(known, loss, 0.0)
    ```

    ## Safety
    Safe where targets are missing by chance, and have the shape of the output. Where every entry of a row is missing,
    `drop-nonfinite-rows` says the same more plainly.

    ## References
    R. Little, D. Rubin, "Statistical Analysis with Missing Data", chapter 7; "NaN gradients of tf.where", tensorflow
    issue 20091.
    """

    name: ClassVar[str] = "ignore-missing-labels"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_NONFINITE, Code.UNSAFE_WHERE)
    guards: ClassVar[bool] = True
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        late = None if evidence.finding is None else evidence.finding.late_mask
        if late is not None and common.has_line(late.site) and late.op in PAIRED:
            return [{"missing_labels": "masked", "op": late.op, "file": late.site.file, "line": late.site.line}]
        gaps = any(facts.nan + facts.inf > 0 and facts.distinct > 1 for facts in evidence.targets)  # something is left
        loss = evidence.model.loss or ""
        if not gaps or loss.startswith("sparse"):  # of class numbers an output is no prediction
            return ()
        compiled = evidence.kind == "fit" and loss
        return [*([{"missing_labels": "predicted"}] if compiled else []), {"missing_labels": "spared"}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        if parameters["missing_labels"] == "masked":
            place = str(parameters["op"]), str(parameters["file"]), int(parameters["line"])
            guard = OperationGuard(*place, layer=None, bound=0.0, how=How.FINITE)
            return dataclasses.replace(setup, operations=(*setup.operations, guard))
        if parameters["missing_labels"] == "spared":
            return dataclasses.replace(setup, spare_outputs=True)
        return dataclasses.replace(setup, ignore_missing=True)

    def describe(self, parameters: Parameters) -> str:
        if parameters["missing_labels"] == "masked":
            return f"what is masked later is 0 in {parameters['op']} at {parameters['file']}:{parameters['line']}"
        if parameters["missing_labels"] == "spared":
            return "outputs get no gradient where their target is missing"
        return "missing targets count for nothing"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        late = None if evidence.finding is None else evidence.finding.late_mask
        if parameters["missing_labels"] == "masked":
            return () if late is None else [_finite(late)]
        todo = "put tf.where(tf.math.is_finite(y_true), y_true, 0.0) into the loss, then mask these entries"
        if parameters["missing_labels"] == "spared":
            left_out = None if evidence.finding is None else evidence.finding.left_out
            site = left_out or evidence.model.fit_site or evidence.model.optimizer_site
            return common.note(site, f"TODO(autostable): {todo}")
        code = (
            "# autostable: entries of the targets that are missing count for nothing\n"
            "@keras.saving.register_keras_serializable()\n"
            "def loss_of_known(y_true, y_pred):\n"
            "    loss = keras.losses.get({loss})\n"
            "    known = keras.ops.isfinite(y_true)\n"
            "    y_true = keras.ops.where(known, y_true, keras.ops.stop_gradient(y_pred))\n"
            '    return getattr(loss, "call", loss)(y_true, y_pred)\n'
        )
        return common.wrapped_loss(evidence, code, todo)


def _finite(late: LateMask) -> SourceChange:
    """What is masked later made finite where it comes in."""
    place = ("first", "second")[late.argument]
    names = "|".join(spelled(late.op))
    todo = "put tf.where(tf.math.is_finite(x), x, 0.0) in the place of what is masked later, before this line"
    code = "keras.ops.where(keras.ops.isfinite({}), {}, 0.0)"
    return SourceChange(late.site, "wrap-argument", f"{names}@{place}", code, todo=todo)

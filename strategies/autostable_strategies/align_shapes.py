"""align-shapes: what meets in the loss gets one shape; shares are taken along the axis that has entries."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge.operations import spelled
from autostable.records import Code
from autostable.setup import How, OperationGuard, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

HOW = {"column": How.FLAT, "transposed": How.UPRIGHT, "poured": How.BY_ROW}
SHARES = "taken along the axis before the last"
DONE = {
    "column": "(rows, 1) made (rows,)",
    "transposed": "(rows,) made (rows, 1) against its transpose",
    "poured": "taken of each row",
}


class AlignShapes(RemedyStrategy):
    """Make a column of predictions, (rows, 1), as flat as the targets, (rows,); take shares along an axis that has entries.

    ## What it does
    At the one operation where a column of as many rows meets a flat array, the column loses its last axis: row meets row.
    A softmax of (rows, entries, 1), along the last axis, is taken along the entries. Flat labels that meet their own transpose,
    which is as flat, become a column: all pairs. What is picked of each row, (rows, entries) times one-hot, and then summed
    over all rows at once is summed for each row.

    ## Why it works
    (rows, 1) against (rows,) is broadcast to (rows, rows): every prediction is compared with every target. The mean over
    all pairs does not know which belong together, and is least where every prediction is the mean of all targets. Keras'
    own losses bring both to one rank first; a loss that is written by hand does not. The share of the only entry of an axis is
    1 whatever the entry is: such a softmax lets nothing through, neither forward nor back.

    ## Example
    ```python
    predictions = model(x, training=True)  # (32, 1)
    loss = tf.reduce_mean(tf.square(y - predictions))  # y is (32,)
    ```

    ## Use instead
    ```python
    loss = tf.reduce_mean(tf.square(y - tf.squeeze(predictions, -1)))
    ```

    ## Safety
    Safe where predictions and targets meet. A loss that compares all pairs on purpose says so in its shapes, (rows, 1)
    against (1, rows), and is left alone.

    ## References
    "Broadcasting", NumPy user guide; `squeeze_or_expand_to_same_rank` in Keras' `losses/loss.py`, which its own losses call.
    """

    name: ClassVar[str] = "align-shapes"
    cures: ClassVar[tuple[Code, ...]] = (Code.LOSS_MISMATCH, Code.OUTPUT_ACTIVATION_MISMATCH)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        crossing, lone = evidence.crossing, evidence.lone_share
        if lone is not None and lone.several:
            return [{"op": lone.op, "file": lone.site.file, "line": lone.site.line, "shares": True}]
        if crossing is None:
            return ()
        form = {} if crossing.form == "column" else {"form": crossing.form}
        return [{"op": crossing.op, "file": crossing.site.file, "line": crossing.site.line, **form}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        how = How.ACROSS if parameters.get("shares") else HOW[str(parameters.get("form", "column"))]
        guard = OperationGuard(
            op=str(parameters["op"]),
            file=str(parameters["file"]),
            line=int(parameters["line"]),
            layer=None,
            bound=0.0,
            how=how,
        )
        return dataclasses.replace(setup, operations=(*setup.operations, guard))

    def describe(self, parameters: Parameters) -> str:
        done = SHARES if parameters.get("shares") else DONE[str(parameters.get("form", "column"))]
        return f"{done} in {parameters['op']} at {parameters['file']}:{parameters['line']}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        crossing, lone = evidence.crossing, evidence.lone_share
        if parameters.get("shares") and lone is not None:
            call = spelled(lone.op)[0]
            todo = "take these shares along the axis that has several entries: axis=-2"
            return [SourceChange(lone.site, "set-argument", f"{call}.axis", "-2", todo=todo)]
        if crossing is None:
            return ()
        if crossing.form == "poured":
            call = {"Sum": "reduce_sum", "Mean": "reduce_mean"}[crossing.op]
            todo = f"take this {crossing.op} of each row: axis=1"
            return [SourceChange(crossing.site, "set-argument", f"{call}.axis", "1", todo=todo)]
        if crossing.form == "transposed":
            todo = "TODO(autostable): to transpose a flat (rows,) does nothing; reshape it to (rows, 1) first"
            return common.note(crossing.site, todo)
        place = ("first", "second")[crossing.column]
        names = "|".join(spelled(crossing.op))
        todo = f"here (rows, 1) meets (rows,) in a {crossing.op}: put keras.ops.squeeze(..., -1) around its {place} argument"
        return [
            SourceChange(crossing.site, "wrap-argument", f"{names}@{place}", "keras.ops.squeeze({}, -1)", todo=todo)
        ]

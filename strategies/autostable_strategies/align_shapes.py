"""align-shapes: what meets in the loss gets one shape; shares are taken along the axis that has entries."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge.operations import spelled
from autostable.records import Code
from autostable.setup import OperationGuard, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange


class AlignShapes(RemedyStrategy):
    """Make a column of predictions, (rows, 1), as flat as the targets, (rows,); take shares along an axis that has entries.

    ## What it does
    At the one operation where a column of as many rows meets a flat array, the column loses its last axis: row meets row.
    A softmax of (rows, entries, 1), along the last axis, is taken along the entries.

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
        return [{"op": crossing.op, "file": crossing.site.file, "line": crossing.site.line}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        shares = bool(parameters.get("shares"))
        guard = OperationGuard(
            op=str(parameters["op"]), file=str(parameters["file"]), line=int(parameters["line"]), layer=None, bound=0.0,
            flat=not shares, across=shares,
        )  # fmt: skip
        return dataclasses.replace(setup, operations=(*setup.operations, guard))

    def describe(self, parameters: Parameters) -> str:
        done = "taken along the axis before the last" if parameters.get("shares") else "(rows, 1) made (rows,)"
        return f"{done} in {parameters['op']} at {parameters['file']}:{parameters['line']}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        crossing, lone = evidence.crossing, evidence.lone_share
        if parameters.get("shares") and lone is not None:
            call = spelled(lone.op)[0]
            todo = "take these shares along the axis that has several entries: axis=-2"
            return [SourceChange(lone.site, "set-argument", f"{call}.axis", "-2", todo=todo)]
        if crossing is None:
            return ()
        place = ("first", "second")[crossing.column]
        names = "|".join(spelled(crossing.op))
        todo = f"here (rows, 1) meets (rows,) in a {crossing.op}: put keras.ops.squeeze(..., -1) around its {place} argument"
        return [
            SourceChange(crossing.site, "wrap-argument", f"{names}@{place}", "keras.ops.squeeze({}, -1)", todo=todo)
        ]

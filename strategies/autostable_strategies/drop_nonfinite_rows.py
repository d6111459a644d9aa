"""drop-nonfinite-rows: train without the rows that hold NaN or Inf."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import ClassVar

from autostable.evidence import ArrayFacts, Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

MOST = 0.3
BATCHES = """\
# autostable: rows with NaN or Inf take no part
def without_gaps(*batch):
    numbers = [part for part in tf.nest.flatten(batch) if part.dtype.is_floating]
    finite = [tf.math.is_finite(tf.reshape(part, [tf.shape(part)[0], -1])) for part in numbers]
    sound = tf.reduce_all(tf.concat(finite, axis=1), axis=1)
    return tf.nest.map_structure(lambda part: tf.boolean_mask(part, sound), batch)
"""


class DropNonfiniteRows(RemedyStrategy):
    """Leave out rows with NaN or Inf.

    ## What it does
    Rows with a non-finite input, target or sample weight take no part in training, nor in validation:
    of arrays, of pipelines, `PyDataset`s and generators, whose batch may be one dictionary of all of them.
    It is offered where fewer than 30 % of the rows are bad.

    ## Why it works
    One NaN in one row makes the loss of its batch NaN, and with it every weight.

    ## Example
    ```python
    model.fit(x, y)  # x holds NaN in a few rows
    ```

    ## Use instead
    ```python
    good = np.isfinite(x).all(axis=1) & np.isfinite(y)
    model.fit(x[good], y[good])
    ```
    or repair what makes them: a division by an empty sum, a failed join.

    ## Safety
    Safe for training; a model that has to predict for such rows needs `impute-missing`. Rows that
    are missing for a reason bias what is learnt.

    ## References
    R. Little, D. Rubin, "Statistical Analysis with Missing Data", chapter 3.
    """

    name: ClassVar[str] = "drop-nonfinite-rows"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_NONFINITE, Code.BATCHNORM_STATISTICS)
    guards: ClassVar[bool] = True
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        given = [*evidence.targets, *([evidence.weights] if evidence.weights else [])]
        if self._share(common.validation_inputs(evidence)) and not self._share(given):
            return ()  # rows like these are to be predicted, too: without them only the training is finite
        trained = [*evidence.inputs, *given]
        shares = [self._share(trained), self._share(evidence.validation)]
        return [{"drop_rows": True}] if any(shares) and max(shares) < MOST else ()

    @staticmethod
    def _share(arrays: Sequence[ArrayFacts]) -> float:
        """At most this share of the rows is bad in one of the arrays."""
        bad = [facts for facts in arrays if facts.bad_row_count > 0 and facts.misread is None]
        rows = min((facts.rows_read for facts in bad), default=0)
        return sum(facts.bad_row_count for facts in bad) / rows if rows > 0 else float(bool(bad))

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(setup, drop_rows=setup.drop_rows or bool(parameters["drop_rows"]))

    def describe(self, parameters: Parameters) -> str:
        return "rows with NaN or Inf left out"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        validation = evidence.validation if len(evidence.validation) == 2 else ()
        given = [
            (f"{{{kind}}}" if len(arrays) == 1 else f"{{{kind}{place}}}", facts)
            for kind, arrays in (("x", evidence.inputs), ("y", evidence.targets))
            for place, facts in enumerate(arrays)
        ]
        weights = [] if evidence.weights is None else [("{w}", evidence.weights)]
        tests = self._tests([*given, *weights])
        unseen = self._tests(zip(("{x_val}", "{y_val}"), validation, strict=False))
        others = any(facts.bad_row_count for facts in evidence.validation) and not unseen
        if others or (not tests and not unseen):
            said = "TODO(autostable): leave the rows with NaN or Inf out of what fit is given"
            return common.note(evidence.model.fit_site or evidence.model.optimizer_site, said)
        lines = [f"# autostable: rows with NaN or Inf take no part in {'training' if tests else 'validation'}"]
        if tests:
            lines += [f"good = {tests}", *(f"{name} = {name}[good]" for name, _ in given), "{w} = {w}[good]"]
        if unseen:
            lines += [f"sound = {unseen}", "{x_val}, {y_val} = {x_val}[sound], {y_val}[sound]"]
        return common.before_fit(evidence, "\n".join(lines), batches=BATCHES)

    @staticmethod
    def _tests(arrays: Iterable[tuple[str, ArrayFacts]]) -> str:
        """Which rows of these are finite, as code; empty where all are."""
        tests = []
        for name, facts in arrays:
            if facts.bad_row_count:
                rank = len(facts.shape)
                axes = "" if rank <= 1 else ".all(axis=1)" if rank == 2 else f".all(axis={tuple(range(1, rank))})"
                tests.append(f"np.isfinite({name}){axes}")
        return " & ".join(tests)

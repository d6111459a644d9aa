"""shuffle-rows: batches that hold rows of all classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class ShuffleRows(RemedyStrategy):
    """Make batches of rows in a random order.

    ## What it does
    Arrays are given to `fit` with `shuffle=True`. The rows of a `tf.data` pipeline go through a shuffle buffer that holds all
    of them, or as many as 64 MiB do, before batches are made. Where a program makes its own batches (`train_on_batch`, a
    compiled step) each batch is drawn from the rows that went by so far.

    It is offered where labels come class by class, so that a batch holds rows of one class only; and where a pipeline shuffles
    inputs and targets each by itself before it pairs them: then they are paired first.

    ## Why it works
    A gradient of one class says "always answer this class". Stochastic gradient descent rests on batches that stand for
    the whole: without that each one undoes what the one before has done, and a batch normalisation takes out with the
    mean of the batch what tells the classes apart.

    ## Example
    ```python
    data = tf.data.Dataset.from_tensor_slices((sorted_x, sorted_y)).batch(32)
    ```

    ## Use instead
    ```python
    data = tf.data.Dataset.from_tensor_slices((sorted_x, sorted_y)).shuffle(len(sorted_x)).batch(32)
    ```

    ## Safety
    Safe where rows stand for themselves. Not for rows whose order means something: a state that is carried from batch to
    batch, a curriculum.

    ## References
    L. Bottou, "Stochastic Gradient Descent Tricks", 2012, section 3; Y. Bengio, "Practical Recommendations for
    Gradient-Based Training of Deep Architectures", 2012.
    """

    name: ClassVar[str] = "shuffle-rows"
    cures: ClassVar[tuple[Code, ...]] = (Code.LABELS_SUSPICIOUS, Code.BATCHNORM_STATISTICS)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        if evidence.shuffled_apart:
            return [{"shuffle": True, "together": True}]
        return [{"shuffle": True}] if any(facts.unmixed for facts in evidence.targets) else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(
            setup, shuffle_rows=bool(parameters["shuffle"]), shuffle_together=bool(parameters.get("together", False))
        )

    def describe(self, parameters: Parameters) -> str:
        if parameters.get("together"):
            return "inputs and targets paired before they are shuffled"
        return "rows shuffled before batches are made of them"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        site = evidence.model.fit_site
        todo = "TODO(autostable): shuffle the rows before batches are made of them, so that each holds all classes"
        if parameters.get("together"):
            todo = "TODO(autostable): pair inputs and targets first (zip, from_tensor_slices((x, y))), then shuffle the pairs"
            return common.note(site, todo)
        if evidence.kind != "fit" or not common.has_line(site):
            return common.note(site or evidence.model.optimizer_site, todo)
        facts = next(facts for facts in evidence.targets if facts.unmixed)
        batch = facts.rows_read // max(facts.batches, 1)
        stages = f".unbatch().shuffle({max(facts.rows_read, *facts.shape[:1])}).batch({batch})"
        return [SourceChange(site, "shuffle", "fit", stages, todo=todo.partition(": ")[2])]

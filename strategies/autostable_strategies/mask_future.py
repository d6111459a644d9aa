"""mask-future: let attention look back only."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.knowledge.operations import ATTENTION
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class MaskFuture(RemedyStrategy):
    """Let attention of a sequence to itself look back only.

    ## What it does
    Calls attention layers of Keras with `use_causal_mask=True` where a sequence attends to itself, in training and in use.

    ## Why it works
    A model that is to say the next step at each step must not be shown it. Without a causal mask it is: all it learns is to
    copy what comes next, with a loss near 0, and where it is to go on by itself nothing comes next.

    ## Example
    ```python
    attended = layers.MultiHeadAttention(4, 16)(x, x)
    model.fit(sequences[:, :-1], sequences[:, 1:])
    ```

    ## Use instead
    ```python
    attended = layers.MultiHeadAttention(4, 16)(x, x, use_causal_mask=True)
    model.fit(sequences[:, :-1], sequences[:, 1:])
    ```

    ## Safety
    Safe where targets are the inputs of the next step. A model that is given two sequences still attends to all of the
    other one.

    ## References
    A. Vaswani et al., "Attention Is All You Need", 2017, section 3.2.3; documentation of `keras.layers.MultiHeadAttention`.
    """

    name: ClassVar[str] = "mask-future"
    cures: ClassVar[tuple[Code, ...]] = (Code.LABELS_SUSPICIOUS,)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        names = [layer.name for layer in evidence.model.layers if layer.kind in ATTENTION and layer.builtin]
        return [{"layers": names}] if names and evidence.symptom.evidence.get("peeks") else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(setup, causal=tuple(dict.fromkeys((*setup.causal, *parameters["layers"]))))

    def describe(self, parameters: Parameters) -> str:
        return f"later steps masked in {common.listed(list(parameters['layers']))}"

    def brief(self, parameters: Parameters) -> str:
        return "causal mask"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        sites = {layer.site: None for layer in evidence.model.layers if layer.name in parameters["layers"]}
        todo = "TODO(autostable): call this attention with use_causal_mask=True"
        return [change for site in sites for change in common.note(site or evidence.model.fit_site, todo)]

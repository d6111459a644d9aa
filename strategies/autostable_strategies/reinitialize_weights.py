"""reinitialize-weights: begin from weights of the right size."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from autostable.evidence import Evidence, LayerFacts
from autostable.knowledge import activations
from autostable.records import Code, SymptomKind
from autostable.setup import FINITE, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

ODD = frozenset({"RandomNormal", "RandomUniform", "Constant", "Zeros", "Ones"})

BOUNDED = """\
# autostable: first weights that are not finite become the nearest finite ones, NaN becomes 0
def bound_weights(model):
    for weight in model.trainable_weights:
        value = keras.ops.convert_to_numpy(weight)
        finite = value[np.isfinite(value)]
        low, high = finite.min(initial=0.0), finite.max(initial=0.0)
        weight.assign(np.nan_to_num(value, nan=0.0, neginf=low, posinf=high))
bound_weights({model})"""


class ReinitializeWeights(RemedyStrategy):
    """Draw initial weights anew from an initializer that knows the layer's size.

    ## What it does
    Replaces the kernel initializer of layers that start from constants or from a random
    distribution of fixed width, or whose weights are far too large: he_normal for relu and its
    kin, lecun_normal for selu, glorot_uniform otherwise; recurrent kernels become orthogonal. Where weights hold NaN or Inf
    before the first step (a bias that starts at the log odds of a label that never occurs) only these entries become others:
    the nearest finite ones of the same variable, 0 in place of NaN. A parameter of a layer of your own that begins at 0, where
    the layer divides by it or takes its logarithm or root, begins at 1.

    ## Why it works
    The variance of a layer's output is fan-in times the weights' variance. With weights of unit
    variance it grows by the layer's width at every layer; with constant weights all units of a
    layer are and stay the same one.

    ## Example
    ```python
    layers.Dense(512, activation="relu", kernel_initializer=keras.initializers.RandomNormal(stddev=1.0))
    ```

    ## Use instead
    ```python
    layers.Dense(512, activation="relu", kernel_initializer="he_normal")
    ```

    ## Safety
    Safe for models that are trained from scratch. Never for weights that were loaded: what they
    knew would be lost. With LoRA the matrix under the change of low rank is drawn; quantised layers
    (int8, int4) are left, for their weights were trained before.

    ## References
    X. Glorot, Y. Bengio, AISTATS 2010; K. He et al., "Delving Deep into Rectifiers", ICCV 2015.
    """

    name: ClassVar[str] = "reinitialize-weights"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.BAD_INITIALIZATION,
        Code.VANISHING_GRADIENT,
        Code.GRADIENT_EXPLOSION,
        Code.DEAD_RELU,
        Code.SATURATED_ACTIVATION,
    )

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        if evidence.zeros and evidence.finding is not None:
            return [{"initializers": dict.fromkeys(evidence.zero_places, "ones"), "seed": 0}]
        if evidence.model.bare:
            return [{"initializers": dict.fromkeys(evidence.model.matrices, "glorot_uniform"), "seed": 0}]
        layers = [
            layer
            for layer in evidence.model.layers
            if layer.initializer is not None or layer.recurrent_gain is not None
        ]
        bad = [layer.name for layer in evidence.model.layers if layer.nonfinite]
        if bad:
            return [{"initializers": dict.fromkeys(bad, FINITE), "seed": 0}]
        quiet = activations.quiet(evidence.model.layers) if evidence.symptom.kind == SymptomKind.USELESS else []
        odd = [layer for layer in layers if layer in quiet or self._odd(layer, evidence.starts_far)]
        dead = [layer for layer in layers if (layer.dead or 0.0) >= activations.STUCK]
        found: list[dict[str, Any]] = []
        if evidence.alike_places:
            found.append({"initializers": dict.fromkeys(evidence.alike_places, "glorot_uniform"), "seed": 0})
        if evidence.copied_places:
            found.append({"initializers": dict.fromkeys(evidence.copied_places, "glorot_uniform"), "seed": 0})
        if odd:
            found.append(self._parameters(odd, 0))
        if dead or odd:
            every = [layer for layer in layers if layer.kind != "Embedding" or layer in odd]
            found += [self._parameters(every, 0), *([self._parameters(every, 1)] if dead else [])]
        return common.distinct(found)

    @staticmethod
    def _odd(layer: LayerFacts, starts_far: bool) -> bool:
        large = False
        if layer.weight is not None and layer.units:
            large = layer.weight > 10.0 * math.sqrt(2.0 * layer.units)
        if layer.kind == "Embedding":
            return layer.initializer in (activations.DRAWN if starts_far else ("Constant", "Zeros", "Ones"))
        return large or layer.initializer in ODD or layer.grows or layer.forgets or activations.biased(layer)

    @staticmethod
    def _parameters(layers: Sequence[LayerFacts], seed: int) -> dict[str, Any]:
        chosen = {}
        for layer in layers:
            name = activations.of_layer(layer) or "linear"
            _, usual = common.initialized(layer.kind)
            chosen[layer.name] = usual if layer.recurrent else activations.INITIALIZERS.get(name, usual)
        return {"initializers": chosen, "seed": seed}

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(
            setup,
            initializers={**parameters["initializers"], **setup.initializers},
            seed=int(parameters.get("seed", 0)) or setup.seed,
        )

    def describe(self, parameters: Parameters) -> str:
        chosen = sorted(set(parameters["initializers"].values()))
        if chosen == [FINITE]:
            return (
                f"entries of {common.listed(list(parameters['initializers']))} that are not finite put to finite ones"
            )
        if chosen == ["ones"]:
            return f"{common.listed(list(parameters['initializers']))} begin at 1"
        return f"weights of {common.listed(list(parameters['initializers']))} drawn from {' and '.join(chosen)}"

    def brief(self, parameters: Parameters) -> str:
        return " + ".join(sorted(set(parameters["initializers"].values())))

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        drawn = parameters["initializers"]
        if set(drawn) == set(evidence.zero_places):
            return self._to_ones(evidence)
        if evidence.model.bare:
            return self._of_matrices(drawn, evidence)
        for places, names, site in (
            (evidence.alike_places, evidence.alike, evidence.alike_site),
            (evidence.copied_places, evidence.copied, evidence.copied_site),
        ):
            if set(drawn) == set(places):
                todo = f'draw {common.listed(list(names))} at the start: initializer="glorot_uniform"'
                return common.note(site or evidence.model.optimizer_site, f"TODO(autostable): {todo}")
        if set(drawn.values()) == {FINITE}:
            todo = f"first weights of {common.listed(list(drawn))} are NaN or Inf; bound what they are computed from"
            return common.around_model(evidence, "whole", BOUNDED, todo=todo, fitted=False, built=True)
        biased = [layer for layer in evidence.model.layers if layer.name in drawn and activations.biased(layer)]
        recurrent = [layer for layer in evidence.model.layers if layer.name in drawn and (layer.grows or layer.forgets)]
        others = {name: kind for name, kind in drawn.items() if all(layer.name != name for layer in recurrent)}
        changes = common.initializer_changes(others, evidence)
        for layer in biased:
            found = common.set_argument(layer.site, layer.kind, "bias_initializer", common.quoted("zeros"))
            changes += [change for change in found if change not in changes]
        for layer in recurrent:
            own = layer.recurrent_site is not None
            place, call = (layer.recurrent_site, "add_weight") if own else (layer.site, layer.kind)
            keyword = "initializer" if own else "recurrent_initializer"
            if own or layer.kind != "RNN":
                changes += common.set_argument(place, call, keyword, common.quoted("orthogonal"))
            else:  # of a cell that is given to the layer the place is not known
                todo = f'TODO(autostable): give the cell of {layer.name!r} recurrent_initializer="orthogonal"'
                changes += common.note(layer.site, todo)
        return changes

    @staticmethod
    def _to_ones(evidence: Evidence) -> Sequence[SourceChange]:
        """Parameters that begin at 0 begin at 1."""
        todo = f"let {common.listed(list(evidence.zeros))} begin at 1"
        changes: list[SourceChange] = []
        for site in evidence.zero_sites or (evidence.model.optimizer_site,):
            if site is not None and "add_weight(" in (site.source or ""):
                changes += common.set_argument(site, "add_weight", "initializer", common.quoted("ones"))
            else:
                changes += common.note(site, f"TODO(autostable): {todo}")
        return [dataclasses.replace(change, todo=todo) for change in changes]

    @staticmethod
    def _of_matrices(drawn: Mapping[str, str], evidence: Evidence) -> Sequence[SourceChange]:
        """The first values of a program's own variables; all of its matrices, for the text does not tell which is which."""
        model = evidence.model
        site = evidence.alike_site or next((layer.site for layer in model.layers), None) or model.optimizer_site
        todo = "draw the matrices at the start as tf.random.normal(shape, stddev=(2 / (rows + columns)) ** 0.5)"
        if not common.has_line(site):
            return ()
        if set(drawn) != set(model.matrices) or set(drawn.values()) != {"glorot_uniform"}:
            return common.note(site, f"TODO(autostable): {todo}")
        code = "keras.initializers.GlorotUniform()({}.shape)"
        return [SourceChange(site, "draw-matrices", str(len(drawn)), code, todo=todo)]

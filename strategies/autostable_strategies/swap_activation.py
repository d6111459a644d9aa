"""swap-activation: hidden activations that neither saturate, die nor explode."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import Evidence, LayerFacts
from autostable.knowledge import activations, scales
from autostable.knowledge.operations import ACTIVATIONS, STEEP, THRESHOLDS, instead_of, spelled
from autostable.records import Code, Site, SymptomKind
from autostable.setup import OperationGuard, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

DEEP, NARROW = 4, 16


class SwapActivation(RemedyStrategy):
    """Change the activation of hidden layers.

    ## What it does
    Recurrent layers with an unbounded activation get tanh. Saturated sigmoid or tanh layers get
    relu, elu or selu with the initializer that belongs to it; in deep narrow stacks selu is tried first.
    A hidden softmax, which leaves the layer behind it shares that sum to one, gives way to relu or elu.
    Dead relu layers get a leaky one or elu. Exploding stacks get tanh. Outputs are left alone.
    Activations that your own code calls (`tf.nn.relu` in the `call` of a layer, cell or model) are swapped at their lines.
    Steps that let no gradient through and are all that leads from the loss to the weights give way to what is as good and has
    one: a sign to tanh, a rounding to the number itself, a threshold to a sigmoid that is as steep there as what is compared.

    ## Why it works
    A sigmoid passes on at most a quarter of its gradient: eight of them in a row leave nothing.
    A relu recurrence multiplies its state by the same matrix at every time step and grows without
    bound. A relu unit that is negative for every example never gets a gradient again.

    ## Example
    ```python
    layers.LSTM(96, activation="relu")
    ```

    ## Use instead
    ```python
    layers.LSTM(96)  # tanh, which the fast kernels need as well
    ```

    ## Safety
    Safe for models that are trained from scratch; weights that were loaded were made for the old
    activation. It is not offered against saturation while the inputs are unscaled: sigmoids
    saturate because of the inputs then, and a relu would let them through.

    ## References
    G. Klambauer et al., "Self-Normalizing Neural Networks", 2017; D.-A. Clevert et al., "ELU",
    2016; L. Lu et al., "Dying ReLU and Initialization", 2019.
    """

    name: ClassVar[str] = "swap-activation"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.SATURATED_ACTIVATION,
        Code.VANISHING_GRADIENT,
        Code.DEAD_RELU,
        Code.GRADIENT_EXPLOSION,
    )

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        site = evidence.severed.site if evidence.severed is not None else evidence.stepped
        instead = instead_of(site.op or "") if common.has_line(site) else ""
        if site is not None and instead:  # as good as the step, with a slope
            call = {"op": site.op, "file": site.file, "line": site.line, "activation": instead}
            return [{"activations": {}, "calls": [call], "initializers": {}}]
        if evidence.severed is not None:
            return ()
        if evidence.starving and not any(scales.raw_inputs(evidence)):
            return self._starved(evidence)
        # a gate opens and closes what it multiplies: without its bounds it makes it grow
        layers = [layer for layer in common.hidden(evidence) if layer.activation is not None and not layer.gate]
        if evidence.model.bare:
            return self._bare(layers)
        growing = evidence.symptom.kind in {SymptomKind.NONFINITE, SymptomKind.DIVERGED}
        found: list[dict[str, Any]] = []
        recurrent = [layer for layer in layers if layer.recurrent and layer.activation in activations.UNBOUNDED]
        if recurrent:
            found.append(self._all(recurrent, "tanh", None))
        if growing:
            found += self._bounded(layers)
        else:
            found += self._dead(layers)
            if not any(scales.raw_inputs(evidence)):
                found += self._saturated(layers, evidence)
                found += self._dead(layers, any_relu=not found)
            found += self._flat(layers, evidence)
        return common.distinct([self._drawn_for(each, layers) for each in found])

    @staticmethod
    def _starved(evidence: Evidence) -> Sequence[Parameters]:
        """Hidden softmaxes as what hands on what it is given, the weights before them drawn for it."""
        names = {each.layer for each in evidence.starving}
        layers = [layer for layer in common.hidden(evidence) if layer.name in names]
        sites = [each.site for each in evidence.starving if common.has_line(each.site)]
        drawn = [layer.name for layer in layers if layer.initializer is not None]
        found = [
            {
                "activations": {layer.name: name for layer in layers},
                "calls": [
                    {"op": "Softmax", "file": site.file, "line": site.line, "activation": name} for site in sites
                ],
                "initializers": dict.fromkeys(drawn, activations.INITIALIZERS[name]),
            }
            for name in ("relu", "elu")
        ]
        return [each for each in found if each["activations"] or each["calls"]]

    def _bare(self, layers: Sequence[LayerFacts]) -> Sequence[Parameters]:
        """Of a program without layers: its matrices are made by hand, and where they drive units to their ends drawn anew."""
        squashing = [layer for layer in layers if layer.activation in activations.SATURATING and not layer.recurrent]
        if not squashing or any((layer.saturated or 0.0) > activations.STUCK for layer in squashing):
            return ()
        found = [self._all(squashing, name, None) for name in ("relu", "elu", "selu")]
        return [each for each in found if each.get("calls") and not each["activations"]]

    @staticmethod
    def _drawn_for(parameters: dict[str, Any], layers: Sequence[LayerFacts]) -> dict[str, Any]:
        """The weights of layers whose activation code of the user's calls are drawn for the new one, too."""
        chosen = {each["activation"] for each in parameters.get("calls", ())}
        drawn = next((activations.INITIALIZERS[each] for each in chosen if each in activations.INITIALIZERS), None)
        fed = [layer.name for layer in layers if layer.activation == "linear" and layer.initializer is not None]
        if drawn is None:
            return parameters
        return {**parameters, "initializers": {**dict.fromkeys(fed, drawn), **parameters["initializers"]}}

    @staticmethod
    def _all(layers: Sequence[LayerFacts], activation: str, initializer: str | None) -> dict[str, Any]:
        kernels = [layer.name for layer in layers if layer.initializer is not None or layer.weight is not None]
        called = [layer for layer in layers if layer.kind in ACTIVATIONS and common.has_line(layer.site)]
        calls = [
            {"op": layer.kind, "file": layer.site.file, "line": layer.site.line, "activation": activation}
            for layer in called
            if layer.site is not None
        ]
        return {
            "activations": {layer.name: activation for layer in layers if layer not in called},
            **({"calls": calls} if calls else {}),
            "initializers": {name: initializer for name in kernels} if initializer else {},
        }

    def _saturated(self, layers: Sequence[LayerFacts], evidence: Evidence) -> list[dict[str, Any]]:
        flat = [
            layer
            for layer in layers
            if not layer.recurrent and layer.activation in activations.SATURATING | {"softmax"}
        ]
        flat = [layer for layer in flat if layer.activation != "softmax" or layer.kind == "Dense"]
        if not flat:
            return []
        widths = [layer.units for layer in flat if layer.units is not None]
        narrow = len(flat) >= DEEP and bool(widths) and max(widths) <= NARROW
        order = ["selu", "elu", "relu"] if narrow else ["relu", "elu", "selu"]
        return [self._all(flat, name, activations.INITIALIZERS[name]) for name in order]

    def _dead(self, layers: Sequence[LayerFacts], any_relu: bool = False) -> list[dict[str, Any]]:
        relus = [layer for layer in layers if layer.activation == "relu" and not layer.recurrent]
        if not relus or not (any_relu or any((layer.dead or 0.0) >= activations.STUCK for layer in relus)):
            return []
        return [
            self._all(relus, "leaky_relu", None),
            self._all(relus, "leaky_relu", "he_normal"),
            self._all(relus, "elu", "he_normal"),
        ]

    def _bounded(self, layers: Sequence[LayerFacts]) -> list[dict[str, Any]]:
        stack = [layer for layer in layers if layer.activation in activations.UNBOUNDED]
        steep = [layer for layer in stack if layer.activation == "exponential" and not layer.recurrent]
        if not any(not layer.recurrent for layer in stack):
            return []
        found = [self._all(steep, "softplus", None)] if steep else []
        return [*found, self._all(stack, "tanh", None)]

    def _flat(self, layers: Sequence[LayerFacts], evidence: Evidence) -> list[dict[str, Any]]:
        """A stack without any nonlinearity is one matrix, however many layers it has."""
        everything = common.hidden(evidence)
        if any(activations.of_layer(layer) not in {None, "linear"} or layer.recurrent for layer in everything):
            return []
        if any(layer.kind == "Activation" or not layer.builtin for layer in everything):
            return []
        stack = [
            layer for layer in layers if layer.activation == "linear" and layer.kind.startswith(common.MATRIX_KINDS)
        ]
        return [self._all(stack, "relu", None), self._all(stack, "relu", "he_normal")] if stack else []

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        guards = [
            OperationGuard(each["op"], each["file"], int(each["line"]), None, 0.0, instead=each["activation"])
            for each in parameters.get("calls", ())
        ]
        return dataclasses.replace(
            setup,
            operations=(*setup.operations, *guards),
            activations={**setup.activations, **parameters["activations"]},
            initializers={**setup.initializers, **parameters.get("initializers", {})},
        )

    def describe(self, parameters: Parameters) -> str:
        calls = parameters.get("calls", ())
        places = [*parameters["activations"], *(f"{each['file']}:{each['line']}" for each in calls)]
        initial = sorted(set(parameters.get("initializers", {}).values()))
        text = f"{' and '.join(_chosen(parameters))} in {common.listed(places)}"
        return text + (f", weights from {' and '.join(initial)}" if initial else "")

    def brief(self, parameters: Parameters) -> str:
        return " + ".join(_chosen(parameters))

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes = list(common.activation_changes(parameters["activations"], evidence))
        for call in parameters.get("calls", ()):
            code, name = (
                f"keras.activations.{call['activation']}",
                ACTIVATIONS.get(call["op"]) or spelled(call["op"])[0],
            )
            site = Site(file=call["file"], line=int(call["line"]))
            if call["op"] in THRESHOLDS:
                code, name = f"{code}({STEEP:g} * ({{}}))", spelled(call["op"])[0]
                todo = f"{code.format('the difference')} in the place of the comparison"
                changes.append(SourceChange(site, "swap-comparison", name, code, todo=todo))
                continue
            changes.append(SourceChange(site, "swap-call", name, code, todo=f"{code} in the place of {name}"))
        return [*changes, *common.initializer_changes(parameters.get("initializers", {}), evidence)]


def _chosen(parameters: Parameters) -> list[str]:
    """The activations that are put in."""
    return sorted({*parameters["activations"].values(), *(each["activation"] for each in parameters.get("calls", ()))})

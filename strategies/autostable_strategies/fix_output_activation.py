"""fix-output-activation: the last layer's activation that the loss and the targets ask for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, Evidence, LayerFacts, SharesAsLogits
from autostable.knowledge import activations, losses, operations
from autostable.knowledge.operations import SHARES
from autostable.records import Code, Site, SymptomKind
from autostable.setup import How, OperationGuard, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


def binary(facts: ArrayFacts) -> bool:
    """Labels that are 0 or 1, however many a row."""
    return facts.distinct <= 2 and bool(facts.low) and min(facts.low) >= 0.0 and max(facts.high, default=2.0) <= 1.0


class FixOutputActivation(RemedyStrategy):
    """Give the output layer the activation that its loss expects.

    ## What it does
    Chooses the output's activation from loss and targets: softmax before a categorical
    crossentropy, sigmoid before a binary one, none where the loss takes logits or the targets
    leave the activation's range, a positive one before a Poisson loss. A softmax or sigmoid that your own code
    calls before a loss that takes logits (`tf.nn.softmax` at the end of a `call`) gives way to what it is given.

    ## Why it works
    A crossentropy takes the logarithm of the output. A relu or linear output is no probability:
    the logarithm is clipped, its gradient dies, or the loss is NaN. A sigmoid can never reach 50.

    ## Example
    ```python
    model.add(layers.Dense(10, activation="relu"))
    model.compile(loss="categorical_crossentropy")
    ```

    ## Use instead
    ```python
    model.add(layers.Dense(10, activation="softmax"))
    ```

    ## Safety
    Safe where the loss leaves no choice. Predictions change their meaning from scores to
    probabilities, or from these to scores: where a softmax or sigmoid is left out the largest one is still the answer, but
    what your script reads as probabilities (a threshold of 0.5, say) has to go through it there.

    ## References
    J. S. Bridle, "Probabilistic interpretation of feedforward classification network outputs",
    1990; documentation of `from_logits` in `keras.losses`.
    """

    name: ClassVar[str] = "fix-output-activation"
    cures: ClassVar[tuple[Code, ...]] = (Code.OUTPUT_ACTIVATION_MISMATCH, Code.DEAD_RELU, Code.UNSAFE_LOG)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        seen = evidence.as_logits
        if seen is not None and (seen.layer is not None or common.has_line(seen.site)):
            return [{"activations": {}, "calls": [self._call(seen)]}]
        outputs = common.outputs_of(evidence)
        targets = evidence.targets if len(evidence.targets) == len(outputs) else (None,) * len(outputs)
        views = evidence.views if len(evidence.views) == len(outputs) else (evidence,) * len(outputs)
        choices = {
            layer.name: self._choices(layer, facts, view)
            for layer, facts, view in zip(outputs, targets, views, strict=True)
        }
        found = []
        for rank in range(max((len(names) for names in choices.values()), default=0)):
            found.append(
                {"activations": {name: names[min(rank, len(names) - 1)] for name, names in choices.items() if names}}
            )
        free = {layer.name: "linear" for layer in evidence.model.layers if activations.bounds_scores(layer)}
        fed = self._argument(evidence)
        share = evidence.finding is not None and evidence.finding.of_share
        others = [free, {} if fed is None else {fed: "sigmoid" if share else "softplus"}]
        return common.distinct([*found, *({"activations": names} for names in others if names)])

    @staticmethod
    def _call(seen: SharesAsLogits) -> dict[str, Any]:
        """The call that gives way to what it is given: by its line, or by the layer within which it is."""
        if seen.layer is not None:
            return {"op": seen.op, "layer": seen.layer}
        return {"op": seen.op, "file": seen.site.file, "line": seen.site.line}

    @staticmethod
    def _argument(evidence: Evidence) -> str | None:
        """The layer that hands negative numbers to a logarithm, root or power, where it is no output of its own."""
        finding = evidence.finding
        if (
            finding is None
            or finding.op not in operations.ON_POSITIVES
            or finding.input_low is None
            or finding.input_low >= 0.0
        ):
            return None
        layer = evidence.fed_by
        if layer is None or activations.of_layer(layer) not in activations.BELOW_ZERO:
            return None
        if layer.is_output and evidence.model.loss is not None and not finding.of_share:
            return None  # its loss and its targets say what it should be
        return layer.name

    def _choices(self, layer: LayerFacts, facts: ArrayFacts | None, evidence: Evidence) -> list[str]:
        model, loss, now = evidence.model, losses.canonical(evidence.model.loss), activations.of_layer(layer)
        if evidence.symptom.evidence.get("wants_logits") and now in activations.PROBABILITIES:
            return ["linear"]
        if evidence.symptom.evidence.get("beyond") and loss == "custom" and now not in activations.PROBABILITIES:
            return ["softmax"] if facts is not None and facts.one_hot and (layer.units or 0) > 1 else ["sigmoid"]
        if now is None or loss is None:
            return []
        if loss in losses.CATEGORICAL:
            if model.from_logits:
                return ["linear"] if now in {"softmax", "sigmoid", "relu"} else []
            if layer.units == 1:
                return []
            return ["softmax"] if now not in {"softmax", "sigmoid", "custom"} else []
        if facts is not None and losses.are_no_labels(loss, facts):
            return []  # no activation gives them
        if loss in losses.BINARY:
            if model.from_logits:
                return ["linear"] if now in {"softmax", "sigmoid", "relu"} else []
            if now == "softmax" and layer.units != 1:
                return []
            if facts is not None and facts.one_hot and (layer.units or 0) > 2 and now != "sigmoid":
                return ["softmax", "sigmoid"]
            return ["sigmoid"] if now not in {"sigmoid", "hard_sigmoid", "custom"} else []
        if loss == "kl_divergence":
            return ["softmax"] if now not in {"softmax", "sigmoid", "custom"} and layer.units != 1 else []
        if loss == "poisson":
            return ["softplus", "exponential"] if now not in {"softplus", "exponential", "custom"} else []
        if loss == "mean_squared_logarithmic_error":
            return ["softplus"] if now in {"linear", "tanh", "elu", "selu"} else []
        if facts is None or not facts.low or not facts.high:
            return []
        if loss in losses.REGRESSION:
            return self._regression(now, layer, facts, evidence)
        if loss == "custom":
            return self._custom(now, layer, facts, evidence)
        return []

    @staticmethod
    def _regression(now: str, layer: LayerFacts, facts: ArrayFacts, evidence: Evidence) -> list[str]:
        low, high = min(facts.low), max(facts.high)
        if facts.one_hot and (layer.units or 0) > 1:
            return ["softmax"] if now in activations.UNBOUNDED | {"tanh"} else []
        if binary(facts):
            wrong = {"linear", "relu", "tanh", "exponential", "selu", "elu"}
            return ["sigmoid"] if (now == "softmax" and layer.units == 1) or now in wrong else []
        if facts.distinct == 2 and low == -1.0 and high == 1.0:
            return ["tanh"] if now not in {"tanh", "linear", "custom"} else []
        if now == "softmax" and layer.units == 1:  # what was to lie between 0 and 1 does so under a sigmoid
            return ["sigmoid", "linear"] if low >= 0.0 and high <= 1.0 else ["linear"]
        if activations.out_of_reach(now, low, high):
            return ["linear"]
        if now in {"relu", "exponential"} and evidence.symptom.kind == SymptomKind.USELESS:
            return ["softplus", "linear"]  # a dead output unit
        return []

    @staticmethod
    def _custom(now: str, layer: LayerFacts, facts: ArrayFacts, evidence: Evidence) -> list[str]:
        finding = evidence.finding
        if finding is None or not finding.in_loss or finding.op not in operations.ON_POSITIVES:
            return []
        if now not in activations.BELOW_ZERO | {"relu"}:
            return []
        many = layer.units or 0
        if facts.one_hot or (finding.op == "Log" and facts.integers and many > facts.distinct > 2):
            return ["softmax"]
        if (
            finding.op == "Log"
            and len(facts.mean) == many
            and losses.are_shares(min(facts.low), max(facts.high), facts.mean)
        ):
            return ["softmax"]
        if binary(facts):
            return ["sigmoid"]
        return ["softplus"] if min(facts.low) >= 0.0 else []

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        guards = [
            OperationGuard(each["op"], each.get("file"), each.get("line"), each.get("layer"), 0.0, how=How.LEFT_OUT)
            for each in parameters.get("calls", ())
        ]
        return dataclasses.replace(
            setup,
            operations=(*setup.operations, *guards),
            activations={**setup.activations, **parameters["activations"]},
        )

    def describe(self, parameters: Parameters) -> str:
        if parameters.get("calls"):
            return " and ".join(f"no {_name(each)} in {_place(each)}" for each in parameters["calls"])
        chosen = sorted(set(parameters["activations"].values()))
        return f"output activation {' and '.join(chosen)}"

    def brief(self, parameters: Parameters) -> str:
        if parameters.get("calls"):
            return f"no {' + '.join(sorted({_name(each) for each in parameters['calls']}))}"
        return f"output {' + '.join(sorted(set(parameters['activations'].values())))}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes = list(common.activation_changes(parameters["activations"], evidence))
        for call in parameters.get("calls", ()):
            changes += self._left_out(call, evidence)
        return changes

    @staticmethod
    def _left_out(call: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        """The change that leaves a call out."""
        name = _name(call)
        todo = f"leave {name} out here: the loss applies it itself"
        if "layer" not in call:
            site = Site(file=call["file"], line=int(call["line"]))
            return [SourceChange(site, "unwrap-call", name, todo=todo)]
        seen = evidence.as_logits
        if seen is None or seen.layer != call["layer"]:
            return ()
        kind = next((layer.kind for layer in evidence.model.layers if layer.name == seen.layer), None)
        if kind is None:  # an operation of Keras' in a graph of layers
            return [SourceChange(seen.site, "unwrap-call", name, todo=todo)]
        return common.wrapped_call(seen.site, kind, 'keras.layers.Activation("linear")', todo)


def _name(call: Parameters) -> str:
    """What the source calls an operation that makes shares."""
    return SHARES[call["op"]]


def _place(call: Parameters) -> str:
    return f"layer {call['layer']}" if "layer" in call else f"{call['file']}:{call['line']}"

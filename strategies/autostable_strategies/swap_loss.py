"""swap-loss: the loss that fits the kind of labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, Evidence, LayerFacts
from autostable.knowledge import activations, losses
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common
from autostable_strategies.fix_output_activation import binary


class SwapLoss(RemedyStrategy):
    """Train with the loss that fits the labels.

    ## What it does
    Puts a crossentropy in place of a squared error on classes, the sparse one where labels are
    class numbers, the binary one where there is a single output or targets are 0 nearly everywhere, and a squared
    error where a crossentropy got real-valued targets. An absolute error takes the place of one in parts of targets that are
    next to nothing. The output's activation comes with it. A binary crossentropy takes the place of a loss of your own that one
    answer for every row satisfies (half of one: -y * log(p)).

    ## Why it works
    The loss decides where gradients come from. A squared error behind a softmax or sigmoid gives
    almost none while the model is confidently wrong; a categorical crossentropy over one output
    is zero whatever the model says.

    ## Example
    ```python
    model.add(layers.Dense(10))
    model.compile(loss="mse")  # one-hot digits
    ```

    ## Use instead
    ```python
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(loss="categorical_crossentropy")
    ```

    ## Safety
    It changes what is minimised, so numbers before and after are not of one kind; the report
    compares them in the user's own loss. It is offered only where labels leave no doubt.

    ## References
    P. Golik, P. Doetsch, H. Ney, "Cross-Entropy vs. Squared Error Training", Interspeech 2013.
    """

    name: ClassVar[str] = "swap-loss"
    cures: ClassVar[tuple[Code, ...]] = (Code.LOSS_MISMATCH, Code.OUTPUT_ACTIVATION_MISMATCH, Code.LABELS_OUT_OF_RANGE)

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        model = evidence.model
        if model.own_step or (evidence.kind == "loop" and model.loss_site is None):
            return ()  # a loss that the step computes itself
        views = evidence.views
        swaps = [self._swap(view) for view in views]
        if not any(swaps):
            return ()
        if len(swaps) == 1 and swaps[0] is not None:
            return [swaps[0]]
        known = [swap for swap in swaps if swap is not None]
        parameters: dict[str, Any] = {"losses": [swap and swap["loss"] for swap in swaps], "activations": {}}
        for swap in known:
            parameters["activations"] |= swap["activations"]
        if any("old_loss" in swap for swap in known):
            parameters["old_loss"] = "meaningless"
        return [parameters]

    def _swap(self, evidence: Evidence) -> dict[str, Any] | None:
        """The loss that fits the labels of the one output, and the activation that comes with it."""
        matched = common.pairs(evidence)
        loss = losses.canonical(evidence.model.loss)
        if evidence.symptom.evidence.get("one_sided") and evidence.kind == "fit" and len(matched) == 1:
            return {"loss": "binary_crossentropy", "activations": {}, "old_loss": "meaningless"}
        decided = evidence.severed is not None and evidence.severed.in_loss
        if len(matched) != 1 or loss is None or (loss == "custom" and not decided):
            return None
        layer, facts = matched[0]
        if not facts.low or not facts.high:
            return None
        chosen = self._choose("mean_squared_error" if decided else loss, layer, facts)
        if chosen is None:
            return None
        name, activation = chosen
        parameters: dict[str, Any] = {"loss": name, "activations": {}}
        now = activations.of_layer(layer)
        if now is None:
            return None  # the output cannot be given what the loss needs
        if now != activation:
            parameters["activations"] = {layer.name: activation}
        # on class numbers (or for them alone), over a single column, and on targets beyond its range the user's own
        # loss measures nothing
        beyond = name == "mean_squared_error"
        sparse = name.startswith("sparse") or loss.startswith("sparse")
        in_parts = losses.near_zero(loss, facts) or losses.across_zero(loss, facts)
        several = name == "binary_crossentropy" and (layer.units or 0) > 1 and loss not in losses.REGRESSION
        if sparse or beyond or several or in_parts or decided or (loss in losses.CATEGORICAL and layer.units == 1):
            parameters["old_loss"] = "meaningless"
        return parameters

    @staticmethod
    def _choose(loss: str, layer: LayerFacts, facts: ArrayFacts) -> tuple[str, str] | None:
        units, low, high = layer.units or 0, min(facts.low), max(facts.high)
        width = facts.shape[-1] if len(facts.shape) > 1 else 1
        classes = facts.integers and low >= 0.0 and width == 1 and facts.distinct > 0
        if facts.one_hot and units > 1 and width == units:
            if loss in losses.REGRESSION | {"sparse_categorical_crossentropy", "poisson", "hinge", "squared_hinge"}:
                return "categorical_crossentropy", "softmax"
            if loss in losses.BINARY and units > 2:
                return "categorical_crossentropy", "softmax"
            return None
        if facts.marks_several and width == units and loss == "categorical_crossentropy":
            return "binary_crossentropy", "sigmoid"
        of_flags = losses.REGRESSION | {"categorical_crossentropy"}
        if facts.marks and width == units > 1 and loss in of_flags and layer.activation == "sigmoid":
            return "binary_crossentropy", "sigmoid"
        if loss == "kl_divergence" and width == units and losses.no_shares(low, high, facts.mean):
            return "binary_crossentropy", "sigmoid"
        if units == 1 and binary(facts):
            wrong = losses.REGRESSION | losses.CATEGORICAL | {"poisson", "kl_divergence"}
            return ("binary_crossentropy", "sigmoid") if loss in wrong else None
        if classes and units > 1 and high < units and (facts.distinct > 2 or units == 2):
            wrong = losses.REGRESSION | losses.BINARY | {"categorical_crossentropy", "poisson", "kl_divergence"}
            return ("sparse_categorical_crossentropy", "softmax") if loss in wrong else None
        many = losses.are_real(facts) or (units == 1 and facts.distinct > losses.FEW_VALUES)
        beyond = many and (low < 0.0 or high > 1.0)
        if beyond and loss in losses.BINARY | losses.CATEGORICAL | {"kl_divergence"}:
            return "mean_squared_error", "linear"
        if many and units == 1 and loss in losses.CATEGORICAL:  # shares of one class: 1, whatever the model says
            return "mean_squared_error", "sigmoid" if layer.activation == "sigmoid" else "linear"
        if (loss == "poisson" and low < 0.0) or (loss == "mean_squared_logarithmic_error" and low <= -1.0):
            return "mean_squared_error", "linear"
        if layer.activation == "sigmoid" and losses.faint(loss, facts):
            return "binary_crossentropy", "sigmoid"
        if losses.near_zero(loss, facts) or losses.across_zero(loss, facts):
            return "mean_absolute_error", layer.activation or "linear"
        return None

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return dataclasses.replace(
            setup,
            loss=parameters.get("loss", setup.loss),
            losses=tuple(parameters.get("losses", setup.losses)),
            own_loss=setup.own_loss and "old_loss" not in parameters,
            activations={**setup.activations, **parameters.get("activations", {})},
        )

    def describe(self, parameters: Parameters) -> str:
        chosen = sorted(set(parameters.get("activations", {}).values()))
        swapped = parameters.get("losses") or [parameters["loss"]]
        said = " and ".join(dict.fromkeys(loss for loss in swapped if loss))
        return f"loss {said}" + (f", output {' and '.join(chosen)}" if chosen else "")

    def brief(self, parameters: Parameters) -> str:
        chosen = parameters.get("losses") or [parameters["loss"]]
        return f"loss {' + '.join(dict.fromkeys(loss for loss in chosen if loss))}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        model = evidence.model
        swapped = [(0, "loss", parameters["loss"])] if "loss" in parameters else [
            (place, f"loss[{output.name}]", loss)
            for place, (output, loss) in enumerate(zip(model.outputs, parameters["losses"], strict=False)) if loss
        ]  # fmt: skip
        changes: list[SourceChange] = []
        for place, keyword, loss in swapped:
            changes += [
                dataclasses.replace(change, place=place, of=len(model.outputs) if "losses" in parameters else 1)
                for change in common.set_argument(model.loss_site, "compile", keyword, common.quoted(loss))
            ]
        return [*changes, *common.activation_changes(parameters.get("activations", {}), evidence)]

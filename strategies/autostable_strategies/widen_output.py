"""widen-output: an output of one unit gets one for each class."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import ArrayFacts, Evidence, LayerFacts
from autostable.knowledge import losses
from autostable.records import Code
from autostable.setup import Setup, Widened
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class WidenOutput(RemedyStrategy):
    """Make the output layer with a unit for each class.

    ## What it does
    Runs the script once more with `Dense(k)` where it makes the `Dense(1)` of its output, a softmax and
    `sparse_categorical_crossentropy`. It is offered where a `fit` has one output of one unit under a crossentropy, and the
    labels are the numbers of three to twenty classes, each of which occurs.

    ## Why it works
    One number between 0 and 1 tells two classes apart. Under a binary crossentropy a label of 2 or 3 rewards an output that
    goes to 1 and beyond, whatever the input is: the loss falls below 0 without end.

    ## Example
    ```python
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy")
    model.fit(x, y)  # y holds 0, 1 and 2
    ```

    ## Use instead
    ```python
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    ```

    ## Safety
    It changes what the model answers: a share for each class in place of one number. What reads its predictions has to take
    the largest (`argmax`). Labels that are grades in an order, and not kinds, may be better served by a regression.

    ## References
    C. M. Bishop, "Pattern Recognition and Machine Learning", section 4.3.4.
    """

    name: ClassVar[str] = "widen-output"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.LABELS_OUT_OF_RANGE,
        Code.LOSS_MISMATCH,
        Code.OUTPUT_ACTIVATION_MISMATCH,
    )
    safe: ClassVar[bool] = False
    in_script: ClassVar[bool] = True

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        model, views = evidence.model, evidence.views
        layer = _of_one_unit(evidence)
        if not evidence.reruns or evidence.kind != "fit" or model.own_step or len(views) != 1 or layer is None:
            return ()
        classes = _classes(evidence.targets)
        site = layer.site
        if losses.canonical(model.loss) not in losses.CROSSENTROPIES or not classes or not common.has_line(site):
            return ()
        assert site is not None
        return [
            {
                "layer": {"file": site.file, "line": site.line, "source": site.source, "units": classes},
                "loss": losses.SPARSE,
                "activations": {model.outputs[0].name: "softmax"},
            }
        ]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        made = parameters["layer"]
        widened = Widened(made["file"], int(made["line"]), made["source"], int(made["units"]))
        return dataclasses.replace(
            setup,
            widened=tuple(dict.fromkeys((*setup.widened, widened))),
            loss=parameters["loss"],
            own_loss=False,
            activations={**setup.activations, **parameters["activations"]},
        )

    def describe(self, parameters: Parameters) -> str:
        made = parameters["layer"]
        return f"{made['units']} units in place of one at {made['file']}:{made['line']}, a softmax, loss {parameters['loss']}"

    def brief(self, parameters: Parameters) -> str:
        return f"{parameters['layer']['units']} units, softmax"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        layer = _of_one_unit(evidence)
        if layer is None:
            return ()
        return [
            *common.set_argument(layer.site, layer.kind, "units", str(parameters["layer"]["units"])),
            *common.set_argument(evidence.model.loss_site, "compile", "loss", common.quoted(parameters["loss"])),
            *common.activation_changes(parameters["activations"], evidence),
        ]


def _of_one_unit(evidence: Evidence) -> LayerFacts | None:
    """The layer of Keras' that makes the only output, of one unit; an activation may stand behind it."""
    layers = evidence.model.layers
    if len(evidence.model.outputs) != 1:
        return None
    place = layers.index(evidence.model.outputs[0])
    behind = layers[place].kind == "Activation" and place > 0
    layer = layers[place - 1] if behind else layers[place]
    return layer if layer.builtin and layer.kind == "Dense" and layer.units == 1 else None


def _classes(targets: Sequence[ArrayFacts]) -> int:
    """How many classes the labels number, from 0 on, each of which occurs; 0 where they are none, or two."""
    if len(targets) != 1 or not targets[0].high:
        return 0
    facts = targets[0]
    width = facts.shape[-1] if len(facts.shape) > 1 else 1
    numbers = facts.integers and width == 1 and min(facts.low) == 0.0 and facts.distinct == max(facts.high) + 1
    return facts.distinct if numbers and 2 < facts.distinct <= losses.FEW_VALUES else 0

"""Causes that lie in the model: output against loss against labels, activations, initial weights."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

from autostable.evidence import ArrayFacts, Evidence, LayerFacts
from autostable.knowledge import activations, losses, operations, scales
from autostable.records import Cause, Code, Site

DRAWN = ("RandomNormal", "RandomUniform", "TruncatedNormal")  # as wide as somebody said, whatever the layer's size
FADED = 0.03  # share of the first layer's mean output that is left at the last one of signals that die out
# Of a loop it is known at its end only: dead units came of raw targets (52), of an overflow (124), of wrong weights (314).
AT_THE_END = 0.6
MOST_STEPS = 20  # values that classes or grades, written as fractions, may take


def activation_place(layer: LayerFacts) -> Site | None:
    """The line that gives the layer its activation, else the one that builds it."""
    site = layer.activation_site or layer.site
    return None if site is None else dataclasses.replace(site, layer=layer.name)


def output_mismatch(evidence: Evidence) -> Iterator[Cause]:
    """The last activation does not give what the loss (and the labels) need."""
    for layer in evidence.model.outputs[:1]:
        confidence, why = _mismatch(layer, evidence)
        if why:
            place = activation_place(layer)
            yield Cause(Code.OUTPUT_ACTIVATION_MISMATCH, confidence, f"output layer {layer.name!r}: {why}", place)


def _mismatch(layer: LayerFacts, evidence: Evidence) -> tuple[float, str]:
    """What is wrong with an output's activation, and how sure that is; 0 and no words where nothing is."""
    model, loss = evidence.model, evidence.model.loss or ""
    activation = layer.activation or "custom"  # whatever a layer without one does
    categorical = loss in losses.CATEGORICAL
    if activation == "softmax" and layer.units == 1 and not categorical and not model.from_logits:
        return 0.95, "softmax over one unit is always 1"
    if loss in losses.OF_PROBABILITIES and not model.from_logits:
        if layer.units == 1 and categorical:
            return 0.85, f"one unit cannot hold the classes that {loss} tells apart"
        if activation not in activations.PROBABILITIES and activation != "custom":
            use = " use softmax (or from_logits=True)" if categorical else " use sigmoid"
            use = "" if loss == "kl_divergence" else f":{use}"
            return 0.95, f"{loss} needs probabilities, {activation} does not give them{use}"
    elif model.from_logits and activation in ("softmax", "relu", "tanh"):
        return 0.85, f"the loss takes logits (from_logits=True), but the layer has already applied {activation}"
    elif loss == "poisson" and activation in activations.BELOW_ZERO:
        return 0.95, f"a Poisson loss takes the logarithm of the output, {activation} gives negative ones"
    elif loss in losses.REGRESSION and evidence.targets and not evidence.targets[0].one_hot:
        facts = evidence.targets[0]
        low, high = min(facts.low, default=0.0), max(facts.high, default=0.0)
        if activations.out_of_reach(activation, low, high):
            least, most = activations.RANGES[activation]
            return 0.85, f"targets run from {low:.4g} to {high:.4g}, {activation} gives only {least:g} to {most:g}"
    return 0.0, ""


def outside_domain(evidence: Evidence) -> Iterator[Cause]:
    """The user's own loss takes a logarithm, root or power of an output that may be negative, or exactly zero."""
    finding, outputs = evidence.finding, evidence.model.outputs
    if finding is None or finding.builtin or finding.op not in operations.ON_POSITIVES:
        return
    layer = evidence.fed_by
    if layer is None:  # not the very output; but where targets are positive, what is compared with them should be
        lows = evidence.targets[0].low if evidence.targets else ()
        positive = bool(lows) and min(lows) >= 0.0
        layer = outputs[0] if positive and finding.in_loss and len(outputs) == 1 else None
    low = finding.input_low
    if layer is None or low is None or layer.activation not in activations.BELOW_ZERO | {"relu"}:
        return
    negative = low < 0 and layer.activation in activations.BELOW_ZERO
    if negative or (low == 0 and layer.activation == "relu"):
        given = f"{layer.activation} lets it fall to {low:.4g}" if negative else "relu makes it exactly 0"
        yield Cause(
            Code.OUTPUT_ACTIVATION_MISMATCH, 0.8 if negative else 0.6,
            f"the loss takes {finding.op} of the output of {layer.name!r}, but {given}", activation_place(layer),
        )  # fmt: skip


def _several_at_once(facts: ArrayFacts) -> bool:
    """Whether targets are flags of classes of which several may be true of a row."""
    return facts.marks and not facts.one_hot and sum(facts.mean) > 1.0


def blind_loss(evidence: Evidence) -> Iterator[Cause]:
    """A loss of the user's own that is as good with the targets shuffled: it broadcasts, or averages over the wrong axis."""
    crossing = evidence.crossing
    if crossing is not None:
        rows = crossing.rows
        yield Cause(
            Code.LOSS_MISMATCH, 0.95,
            f"({rows}, 1) meets ({rows},) in {crossing.op} and becomes ({rows}, {rows}): every row is compared with the target "
            "of every other, and the best answer is the mean of all",
            crossing.site,
        )  # fmt: skip
    elif evidence.symptom.evidence.get("blind_loss"):
        yield Cause(
            Code.LOSS_MISMATCH, 0.95,
            "the loss reads the targets, but not which row they belong to: look at the shapes that meet in it ((rows, 1) "
            "against (rows,) becomes (rows, rows)) and at the axis it averages over",
            evidence.model.loss_site or evidence.model.fit_site,
        )  # fmt: skip


def loss_mismatch(evidence: Evidence) -> Iterator[Cause]:
    """A loss that is not made for these labels."""
    model = evidence.model
    for facts in evidence.targets[:1]:
        loss = model.loss or ""
        activation = model.outputs[0].activation if model.outputs else None
        low, high = min(facts.low, default=0.0), max(facts.high, default=0.0)
        wanted = losses.outside(loss, low, high)
        if wanted is not None and not facts.integers and facts.distinct > MOST_STEPS:
            yield Cause(
                Code.LOSS_MISMATCH, 0.96,
                f"targets are real numbers from {low:.4g} to {high:.4g}, {loss} is for {wanted}: use mean_squared_error",
                model.loss_site or model.fit_site,
            )  # fmt: skip
        elif _several_at_once(facts) and loss == "categorical_crossentropy":
            yield Cause(
                Code.LOSS_MISMATCH, 0.93,
                f"of {len(facts.low)} classes {sum(facts.mean):.2g} are true of a row at once, {loss} is for one of them: use "
                "sigmoid and binary_crossentropy", model.loss_site or model.fit_site,
            )  # fmt: skip
        elif loss == "kl_divergence" and losses.no_shares(low, high, facts.mean):
            yield Cause(
                Code.LOSS_MISMATCH, 0.9,
                f"the targets of a row sum to {sum(facts.mean):.3g}, {loss} compares shares that sum to one and falls with the "
                "sum of the outputs: use binary_crossentropy", model.loss_site or model.fit_site,
            )  # fmt: skip
        elif facts.one_hot and loss in losses.FREE_UNITS and len(facts.low) > 2:
            yield Cause(
                Code.LOSS_MISMATCH, 0.72 if activation != "softmax" else 0.5,
                f"targets are one-hot classes, the loss is {loss} on a {activation} output: use softmax and "
                "categorical_crossentropy", model.loss_site or model.fit_site,
            )  # fmt: skip
        elif (
            loss in losses.FREE_UNITS and facts.integers and len(facts.low) == 1
            and (units := model.outputs[0].units if model.outputs else None) is not None
            and 2 < facts.distinct <= units and min(facts.low) >= 0 and max(facts.high) < units
        ):  # fmt: skip
            yield Cause(
                Code.LOSS_MISMATCH, 0.95,
                f"labels are the class numbers 0 to {max(facts.high):g} for {units} output units, the loss is {loss}: use "
                "softmax and sparse_categorical_crossentropy", model.loss_site or model.fit_site,
            )  # fmt: skip
        elif loss in losses.ONE_HOT and len(facts.low) == 1 and model.outputs and model.outputs[0].units == 1:
            yield Cause(
                Code.LOSS_MISMATCH, 0.96,
                f"{loss} over a single column is 0 whatever the model says: use binary_crossentropy",
                model.loss_site or model.fit_site,
            )  # fmt: skip
        elif loss == losses.SPARSE and facts.one_hot and len(facts.low) > 1:
            yield Cause(Code.LOSS_MISMATCH, 0.95, f"one-hot labels under {loss}: use categorical_crossentropy",
                        model.loss_site or model.fit_site)  # fmt: skip
        elif loss in losses.ONE_HOT and facts.integers and len(facts.low) == 1:
            yield Cause(Code.LOSS_MISMATCH, 0.85, f"integer labels under {loss}: use the sparse one",
                        model.loss_site or model.fit_site)  # fmt: skip
        elif (
            loss in losses.FREE_UNITS
            and facts.integers and len(facts.low) == 1 and facts.distinct == 2 and set(facts.low + facts.high) == {0.0, 1.0}
        ):  # fmt: skip
            yield Cause(Code.LOSS_MISMATCH, 0.35, f"labels are 0 and 1, the loss is {loss}: use binary_crossentropy",
                        model.loss_site or model.fit_site)  # fmt: skip
        elif loss in losses.BINARY and facts.integers and facts.distinct > 2 and len(facts.low) == 1:
            yield Cause(Code.LOSS_MISMATCH, 0.8, f"{facts.distinct} integer classes under {loss}",
                        model.loss_site or model.fit_site)  # fmt: skip


def _hidden(evidence: Evidence) -> list[LayerFacts]:
    return [layer for layer in evidence.model.layers if not layer.is_output and layer.activation is not None]


def _seen(evidence: Evidence) -> float:
    """How much what layers give counts: of a fit it is known of the start, of a loop of the end, where it may be a result."""
    return 1.0 if evidence.kind == "fit" else AT_THE_END


def saturated(evidence: Evidence) -> Iterator[Cause]:
    """Hidden units at the ends of their range, where the derivative is nearly zero."""
    for layer in _hidden(evidence):
        if layer.saturated is not None and layer.saturated > activations.STUCK:
            raw = scales.large_inputs(evidence)
            yield Cause(
                Code.SATURATED_ACTIVATION, _seen(evidence) * (0.5 + 0.3 * layer.saturated - (0.1 if raw else 0.0)),
                f"{layer.saturated:.0%} of the outputs of {layer.kind} {layer.name!r} ({layer.activation}) are within 1 % of "
                f"its bounds {'at the start' if evidence.kind == 'fit' else 'in the last step'}", activation_place(layer),
            )  # fmt: skip
            return


def dead_relu(evidence: Evidence) -> Iterator[Cause]:
    """Units that are zero for every example: no gradient ever moves them again."""
    worst = max((layer for layer in evidence.model.layers if layer.dead is not None), key=lambda layer: layer.dead or 0,
                default=None)  # fmt: skip
    if evidence.finding is not None or (worst is not None and worst.is_output and any(output_mismatch(evidence))):
        return  # it follows from what overflowed, or from a head that the targets have no use for
    if worst is not None and (worst.dead or 0) > activations.STUCK and evidence.symptom.kind == "useless":
        driven = scales.large_inputs(evidence, scales.FAR)  # they are why the units are dead
        yield Cause(
            Code.DEAD_RELU, _seen(evidence) * (0.55 + 0.35 * (worst.dead or 0) - 0.12 * driven),
            f"{worst.dead:.0%} of the units of {worst.kind} {worst.name!r} are zero for every example of a batch",
            activation_place(worst),
        )  # fmt: skip


def vanishing(evidence: Evidence) -> Iterator[Cause]:
    """The first layers get next to no gradient (compare Glorot and Bengio 2010)."""
    if evidence.symptom.kind != "useless" or evidence.finding is not None:  # nothing comes back through what overflowed
        return
    layers = [layer for layer in evidence.model.layers if layer.gradient is not None and layer.weight]
    hidden = [layer for layer in layers if not layer.is_output]
    if len(layers) < 3 or not hidden:
        return
    first, last = layers[0], layers[-1]
    ratio = (first.gradient or 0.0) / last.gradient if last.gradient else math.inf
    if ratio < 1e-2:
        squashing = [layer for layer in hidden if layer.activation in activations.SATURATING]
        place = activation_place(squashing[0] if squashing else hidden[0])
        raw = scales.large_inputs(evidence)
        driven = (
            raw and (first.saturated or 0.0) > activations.STUCK
        )  # it is the inputs that drive the units to their bounds
        yield Cause(
            Code.VANISHING_GRADIENT, _seen(evidence) * (0.6 if driven else 0.9 if ratio < 1e-3 and squashing else 0.7),
            f"the gradient of {first.name!r} is {first.gradient:.2g}, that of {last.name!r} {last.gradient:.2g}: "
            f"{len(hidden)} layers in between leave a share of {ratio:.1g}", place,
        )  # fmt: skip


def fading(evidence: Evidence) -> Iterator[Cause]:
    """Signals that die out on their way through the layers: weights that start too small."""
    hidden = [layer for layer in _hidden(evidence) if layer.magnitude is not None and layer.weight is not None]
    if evidence.symptom.kind != "useless" or evidence.finding is not None or not hidden:
        return
    first, last = hidden[0], hidden[-1]
    if not first.magnitude or (last.magnitude or 0.0) / first.magnitude > FADED:
        return
    drawn = first.initializer in (*DRAWN, "Constant")
    said = (
        f"the outputs of {first.name!r} start at a mean magnitude of {first.magnitude:.2g}, those of {last.name!r} at "
        f"{last.magnitude:.2g}: signals and gradients die out"
    )
    if drawn:
        yield Cause(
            Code.BAD_INITIALIZATION, 0.88 * _seen(evidence), f"{said} ({first.initializer})", activation_place(first)
        )
    yield Cause(Code.VANISHING_GRADIENT, 0.8 * _seen(evidence), said, activation_place(first))


def bad_initialization(evidence: Evidence) -> Iterator[Cause]:
    """Initial weights that make signals die out or blow up."""
    if evidence.alike and evidence.symptom.kind == "useless":
        names = ", ".join(repr(name) for name in evidence.alike[:3])
        yield Cause(Code.BAD_INITIALIZATION, 0.9, f"all entries of {names} began equal and are equal still: "
                    "nothing tells their units apart", evidence.alike_site)  # fmt: skip
        return
    for layer in evidence.model.layers:
        # what is known of a loop's weights is of the step that failed
        at_start = evidence.kind == "fit" or evidence.symptom.step == 0
        if layer.nonfinite and evidence.symptom.kind == "nonfinite" and at_start:
            made = evidence.warned or "look at what they are computed from"
            yield Cause(Code.BAD_INITIALIZATION, 0.95, f"{layer.nonfinite} of the weights of {layer.name!r} are NaN or Inf "
                        f"before the first step: {made}", layer.site)  # fmt: skip
            return
        if layer.grows:
            yield Cause(Code.BAD_INITIALIZATION, 0.92, f"the recurrent weights of {layer.name!r} start "
                        f"{layer.recurrent_gain:.3g} times as large as orthogonal ones: its state grows with every step",
                        activation_place(layer))  # fmt: skip
            return
        if layer.initializer in ("Zeros",) or (layer.initializer == "Constant" and layer.weight == 0):
            still = layer.kind != "Embedding" or not any(evidence.course.gradients)  # a table of offsets may start so
            if not layer.is_output and evidence.symptom.kind == "useless" and still:
                yield Cause(Code.BAD_INITIALIZATION, 0.88, f"the weights of {layer.name!r} start at zero",
                            activation_place(layer))  # fmt: skip
                return
        if layer.initializer in ("Ones", "Constant") and layer.weight and not layer.is_output:
            yield Cause(Code.BAD_INITIALIZATION, 0.75, f"all weights of {layer.name!r} start equal ({layer.initializer}): "
                        "its units can never differ", activation_place(layer))  # fmt: skip
            return
        if layer.initializer in DRAWN and (layer.magnitude or 0) > 50:
            yield Cause(Code.BAD_INITIALIZATION, 0.7, f"the outputs of {layer.name!r} start at a mean magnitude of "
                        f"{layer.magnitude:.3g} ({layer.initializer})", activation_place(layer))  # fmt: skip
            return

"""Causes that lie in the model: output against loss against labels, activations, initial weights."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence

from autostable.evidence import ArrayFacts, Evidence, LayerFacts
from autostable.figures import loss_figure
from autostable.knowledge import activations, losses, operations, scales
from autostable.knowledge.signs import Kind, Said, Sign
from autostable.records import Code, Site, SymptomKind

MOST_NAMED = 3  # that a sentence names
ONE_UNIT = Sign("softmax over one unit", Kind.PLAIN)
FEW_UNITS = Sign("one unit for several classes")
NO_PROBABILITIES = Sign("outputs that are no probabilities under a loss of probabilities", Kind.PLAIN)
TWICE = Sign("an activation before a loss that takes logits")
TWICE_CALLED = Sign("shares that an operation makes before a loss that takes logits", Kind.PLAIN)
CUT_SCORES = Sign("scores that an activation has bounded before their softmax")
NEGATIVE_RATES = Sign("a rate of events that may be negative", Kind.PLAIN)
OUT_OF_REACH = Sign("targets that the last activation does not reach")
NEGATIVE_ARGUMENT = Sign("the loss takes log, root or power of an output below zero")
NO_SHARE = Sign("the loss takes an output that is no share for a probability", Kind.LOCATED)
ZERO_ARGUMENT = Sign("the loss takes log, root or power of a relu that gives zero")
MIXED_UP = Sign("rows that are poured together, or set against themselves", Kind.PLAIN)
CROSSING = Sign("every row is compared with every target", Kind.PLAIN)
TWICE_OWN = Sign("a loss of one's own that takes logits, and is given shares", Kind.PLAIN)
TURNED = Sign("a loss that is the wrong way round", Kind.PLAIN)
BEYOND = Sign("a loss that falls without end beyond its targets, and answers there", Kind.PLAIN)
ONE_SIDED = Sign("a loss that one answer for every row satisfies", Kind.PLAIN)
EXCHANGED = Sign("a loss whose arguments are the wrong way round", Kind.PLAIN)
BLIND = Sign("a loss that is as good with the targets shuffled", Kind.PLAIN)
REAL_TARGETS = Sign("real targets under a loss of classes or shares", Kind.PLAIN)
SEVERAL_AT_ONCE = Sign("several classes at once under a loss of one", Kind.PLAIN)
NO_SHARES = Sign("targets that are no shares under a divergence", Kind.PLAIN)
CLASSES_AS_NUMBERS = Sign("one-hot classes under a loss of numbers")
CLASS_NUMBERS = Sign("class numbers for as many units under a loss of numbers", Kind.PLAIN)
ONE_COLUMN = Sign("categorical crossentropy over one column", Kind.PLAIN)
ONE_HOT_SPARSE = Sign("one-hot labels under a sparse loss", Kind.PLAIN)
NUMBERS_ONE_HOT = Sign("class numbers under a loss of one-hot rows")
PENALTY = Sign("penalties that are a good part of the loss")
FLAG_TABLE = Sign("many flags under a loss for numbers")
FLAGS_AS_NUMBERS = Sign("labels of 0 and 1 under a loss of numbers", Kind.GUESS)
CLASSES_AS_FLAGS = Sign("several classes under a loss of two")
SATURATED = Sign("units at the ends of their range at the start")
SATURATED_BY_RAW = Sign("units at the ends of their range, and raw inputs")
SATURATED_AT_LAST = Sign("units of a loop at the ends of their range in the last step")
DEAD = Sign("units that are zero for every row at the start")
DEAD_BY_RAW = Sign("units that are zero for every row, and raw inputs")
DIED = Sign("units that gave something at the start, and end at zero for every row")
DEAD_AT_LAST = Sign("units of a loop that are zero for every row in the last step")
QUARTERED = Sign("sigmoids in a row, each of which lets a quarter of a gradient through at most")
VANISHES = Sign("next to no gradient before layers that squash")
THIN = Sign("little gradient in the first layers")
VANISHES_BY_RAW = Sign("little gradient in the first layers, driven by raw inputs")
VANISHED_AT_LAST = Sign("little gradient in the first layers of a loop in the last step")
STARVED = Sign("a hidden softmax, whose shares sum to one")
FADING_BY_DRAW = Sign("signals that die out after weights as wide as somebody said")
QUIET = Sign("weights drawn so narrow that no signal comes through the layers")
FADING = Sign("signals that die out")
FADED_AT_LAST = Sign("signals of a loop that die out in the last step")
LEANING = Sign("weights that start with so large a mean that it drowns what tells units apart")
FAR_BIASES = Sign("hidden biases that start far from zero, and dead units")
GROWING = Sign("signals that grow from layer to layer")
ALIKE = Sign("weights that began equal and are equal still", Kind.PLAIN)
COPIED_UNITS = Sign("units that began equal and are copies of one another still")
BEGINS_BAD = Sign("weights that are NaN or Inf before the first step", Kind.PLAIN)
FROZEN = Sign("a model all of whose layers are frozen", Kind.PLAIN)
FROZEN_AS_DRAWN = Sign("frozen layers at the weights that they were drawn with")
FORGETS = Sign("recurrent weights that forget")
GROWS = Sign("recurrent weights that start far larger than orthogonal ones")
ZEROS = Sign("hidden weights that start at zero", Kind.PLAIN)
IN_PARTS = Sign("errors in parts of targets that are next to nothing")
ACROSS_ZERO = Sign("errors in parts of targets on both sides of zero", Kind.PLAIN)
FAINT = Sign("an error of sigmoids on targets that are 0 nearly everywhere")
EQUAL = Sign("hidden weights that start equal")
WIDE_TABLE = Sign("a loss that starts far above that of guessing, and embeddings drawn as wide as somebody said")
LOUD = Sign("outputs that start far too large after weights as wide as somebody said")


def activation_place(layer: LayerFacts) -> Site | None:
    """The line that gives the layer its activation, else the one that builds it."""
    site = layer.activation_site or layer.site
    return None if site is None else dataclasses.replace(site, layer=layer.name)


def output_mismatch(evidence: Evidence) -> Iterator[Said]:
    """The last activation does not give what the loss (and the labels) need."""
    for layer in evidence.model.outputs[:1]:
        found = _mismatch(layer, evidence)
        if found is not None:
            sign, why = found
            place = activation_place(layer)
            yield sign.of(Code.OUTPUT_ACTIVATION_MISMATCH, f"output layer {layer.name!r}: {why}", place)


def _mismatch(layer: LayerFacts, evidence: Evidence) -> tuple[Sign, str] | None:
    """What is wrong with an output's activation, and in what words; None where nothing is."""
    model, loss = evidence.model, evidence.model.loss or ""
    activation = layer.activation or "custom"  # whatever a layer without one does
    categorical = loss in losses.CATEGORICAL
    if evidence.symptom.evidence.get("wants_logits") and activation in activations.PROBABILITIES:
        return TWICE_OWN, f"the loss takes logits, but the layer has already applied {activation}"
    if evidence.symptom.evidence.get("beyond") and loss == "custom" and activation not in activations.PROBABILITIES:
        return (
            BEYOND,
            f"{activation} gives answers beyond 0 and 1, and the further they are the smaller is the loss: use sigmoid",
        )
    if activation == "softmax" and layer.units == 1 and not categorical and not model.from_logits:
        return ONE_UNIT, "softmax over one unit is always 1"
    if loss in losses.OF_PROBABILITIES and not model.from_logits:
        if layer.units == 1 and categorical:
            return FEW_UNITS, f"one unit cannot hold the classes that {loss} tells apart"
        numbers = any(losses.are_no_labels(loss, facts) for facts in evidence.targets[:1])
        if activation not in activations.PROBABILITIES and activation != "custom" and not numbers:
            use = " use softmax (or from_logits=True)" if categorical else " use sigmoid"
            use = "" if loss == "kl_divergence" else f":{use}"
            return NO_PROBABILITIES, f"{loss} needs probabilities, {activation} does not give them{use}"
    elif model.from_logits and activation in ("softmax", "relu", "tanh"):
        return TWICE, f"the loss takes logits (from_logits=True), but the layer has already applied {activation}"
    elif loss == "poisson" and activation in activations.BELOW_ZERO:
        return NEGATIVE_RATES, f"a Poisson loss takes the logarithm of the output, {activation} gives negative ones"
    elif loss in losses.REGRESSION and evidence.targets and not evidence.targets[0].one_hot:
        facts = evidence.targets[0]
        low, high = min(facts.low, default=0.0), max(facts.high, default=0.0)
        if activations.out_of_reach(activation, low, high):
            least, most = activations.RANGES[activation]
            return (
                OUT_OF_REACH,
                f"targets run from {low:.4g} to {high:.4g}, {activation} gives only {least:g} to {most:g}",
            )
    return None


def shares_as_logits(evidence: Evidence) -> Iterator[Said]:
    """The program's own code makes shares before a loss that takes logits: it makes shares of them once more."""
    seen = evidence.as_logits
    if seen is None or evidence.symptom.kind != SymptomKind.USELESS:
        return
    name = operations.SHARES[seen.op]
    yield TWICE_CALLED.of(
        Code.OUTPUT_ACTIVATION_MISMATCH,
        f"the loss takes logits and applies {name} itself, but what it is given has been through {name} here already: from 0 "
        f"to 1, no class can be made sure, and of what such answers can reach {max(seen.reached, 0.0):.0%} was reached",
        seen.site,
    )


def bounded_scores(evidence: Evidence) -> Iterator[Said]:
    """An activation bounds the scores that a softmax layer behind it turns into shares: no class can be ruled out any more."""
    for layer in evidence.model.layers:
        if activations.bounds_scores(layer):
            low, high = activations.RANGES[activations.of_layer(layer) or ""]
            yield CUT_SCORES.of(
                Code.OUTPUT_ACTIVATION_MISMATCH,
                f"{layer.activation} of {layer.name!r} leaves scores from {low:g} to {high:g} to the softmax behind it: no "
                "class can be ruled out, and one whose scores are all cut gets no gradient",
                activation_place(layer),
            )


def outside_domain(evidence: Evidence) -> Iterator[Said]:
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
    if negative and finding.of_share:
        yield NO_SHARE.of(
            Code.OUTPUT_ACTIVATION_MISMATCH,
            f"the loss takes the logarithms of the output of {layer.name!r} and of 1 less it, as of a probability, but "
            f"{layer.activation} lets it fall to {low:.4g}", activation_place(layer),
        )  # fmt: skip
        return
    if negative or (low == 0 and layer.activation == "relu"):
        given = f"{layer.activation} lets it fall to {low:.4g}" if negative else "relu makes it exactly 0"
        yield (NEGATIVE_ARGUMENT if negative else ZERO_ARGUMENT).of(
            Code.OUTPUT_ACTIVATION_MISMATCH,
            f"the loss takes {finding.op} of the output of {layer.name!r}, but {given}", activation_place(layer),
        )  # fmt: skip


def _initializer_place(layer: LayerFacts) -> Site | None:
    """Where a layer's first weights are asked for, else the layer."""
    return layer.initializer_site or activation_place(layer)


def flags_by_themselves(facts: ArrayFacts, activation: str | None) -> bool:
    """Whether targets are flags that sigmoids answer for, each by itself: a row may have none of them."""
    return facts.marks and not facts.one_hot and activation == "sigmoid" and len(facts.low) > 1


def blind_loss(evidence: Evidence) -> Iterator[Said]:
    """A loss of the user's own that is as good with the targets shuffled: it broadcasts, or averages over the wrong axis."""
    crossing = evidence.crossing
    if crossing is not None:
        rows, op = crossing.rows, crossing.op
        said = {
            "column": f"({rows}, 1) meets ({rows},) in {op} and becomes ({rows}, {rows}): every row meets that of every other, "
            "and which belong together is lost",
            "transposed": f"a flat ({rows},) meets its own transpose in {op}: to transpose what is flat does nothing, so each "
            f"row meets itself alone; ({rows}, 1) would meet all",
            "poured": f"what is picked of each row is poured together: {op} makes one number of {rows} rows, which then meets "
            f"({rows},); axis=1 would keep the rows apart",
        }
        sign = CROSSING if crossing.form == "column" else MIXED_UP
        yield sign.of(Code.LOSS_MISMATCH, said[crossing.form], crossing.site)
    elif evidence.symptom.evidence.get("blind_loss") and not (
        evidence.finding is not None and evidence.finding.vanished
    ):
        yield BLIND.of(
            Code.LOSS_MISMATCH,
            "the loss reads the targets, but not which row they belong to: look at the shapes that meet in it ((rows, 1) "
            "against (rows,) becomes (rows, rows)) and at the axis it averages over",
            evidence.model.loss_place,
        )  # fmt: skip


def loss_mismatch(evidence: Evidence) -> Iterator[Said]:
    """A loss that is not made for these labels."""
    model = evidence.model
    for facts in evidence.targets[:1]:
        found = _unfit(facts, evidence)
        if found is not None:
            sign, why = found
            yield sign.of(Code.LOSS_MISMATCH, why, model.loss_place)


def turned_loss(evidence: Evidence) -> Iterator[Said]:
    """A score in the place of a loss: to lower it is to answer wrongly."""
    if evidence.symptom.evidence.get("turned"):
        yield TURNED.of(
            Code.LOSS_MISMATCH,
            "the loss is smaller where all answers are wrong than where all are right: it is a score, which is best "
            "where it is largest, and training lowers it",
            evidence.model.loss_place,
        )


def one_sided_loss(evidence: Evidence) -> Iterator[Said]:
    """Half of a crossentropy: where a row is not marked it asks for nothing."""
    if evidence.symptom.evidence.get("one_sided"):
        yield ONE_SIDED.of(
            Code.LOSS_MISMATCH,
            "one answer for every row costs no more than all the right ones: the loss counts the rows of one kind alone. The "
            "other half, (1 - y) * log(1 - p), is missing: use binary crossentropy",
            evidence.model.loss_place,
        )


def exchanged_arguments(evidence: Evidence) -> Iterator[Said]:
    """A loss that takes for the predictions what Keras gives it as targets."""
    names = evidence.model.loss_arguments
    if losses.predictions_first(names):
        yield EXCHANGED.of(
            Code.LOSS_MISMATCH,
            f"the loss names its arguments ({', '.join(names)}), and Keras calls it with the targets first: what it does to "
            f"{names[0]} it does to the targets",
            evidence.model.loss_site,
        )


def penalties(evidence: Evidence) -> Iterator[Said]:
    """What regularizers add is a good part of the loss: lowering it may be all that is learnt."""
    share = evidence.penalty_share
    if evidence.symptom.kind != SymptomKind.USELESS or share is None or share < losses.HEAVY:
        return
    heaviest = evidence.penalized
    yield PENALTY.of(
        Code.LOSS_MISMATCH,
        f"at the start the penalties come to {share:.2g} of the loss that they are added to, most of it that of "
        f"{heaviest.name!r}: lowering them is all that was learnt",
        heaviest.penalty_site or heaviest.site,
    )


def _unfit(facts: ArrayFacts, evidence: Evidence) -> tuple[Sign, str] | None:
    """Why a loss is not made for labels; None where it may be."""
    loss, outputs = evidence.model.loss or "", evidence.model.outputs
    activation, units = (outputs[0].activation, outputs[0].units) if outputs else (None, None)
    low, high, columns = min(facts.low, default=0.0), max(facts.high, default=0.0), len(facts.low)
    wanted = losses.outside(loss, low, high)
    if wanted is not None and losses.are_real(facts):
        run = f"targets are real numbers from {low:.4g} to {high:.4g}"
        return REAL_TARGETS, f"{run}, {loss} is for {wanted}: use mean_squared_error"
    if facts.marks_several and loss == "categorical_crossentropy":
        return SEVERAL_AT_ONCE, (
            f"of {columns} classes {sum(facts.mean):.2g} are true of a row at once, {loss} is for one of them: use "
            "sigmoid and binary_crossentropy"
        )
    if flags_by_themselves(facts, activation) and loss == "categorical_crossentropy":
        return SEVERAL_AT_ONCE, (
            f"the {columns} sigmoids answer for themselves, and {sum(facts.mean):.2g} of their targets are set in a row; "
            f"{loss} is for one class of each row: use binary_crossentropy"
        )
    if loss == "kl_divergence" and losses.no_shares(low, high, facts.mean):
        return NO_SHARES, (
            f"the targets of a row sum to {sum(facts.mean):.3g}, {loss} compares shares that sum to one and falls with the "
            "sum of the outputs: use binary_crossentropy"
        )
    if facts.one_hot and loss in losses.FREE_UNITS and columns > 2:
        return CLASSES_AS_NUMBERS, (
            f"targets are one-hot classes, the loss is {loss} on a {activation} output: use softmax and "
            "categorical_crossentropy"
        )
    flags = facts.marks and not facts.one_hot and columns == units and activation == "sigmoid"
    if flags and loss in losses.FREE_UNITS:
        return FLAG_TABLE, (
            f"targets are {columns} flags, {sum(facts.mean) / columns:.2g} of them set, the loss is {loss} of sigmoids: where "
            "these are all near 0 it has no slope, use binary_crossentropy"
        )
    if losses.across_zero(loss, facts):
        return ACROSS_ZERO, (
            f"targets run from {low:.4g} to {high:.4g}, and {loss} divides by them: near 0 an error counts without bound, use "
            "mean_absolute_error"
        )
    useless = evidence.symptom.kind == SymptomKind.USELESS
    if useless and losses.near_zero(loss, facts):
        return IN_PARTS, (
            f"targets go down to {low:.2g} beside a median of {min(facts.median):.4g}, and {loss} divides by them: "
            "predictions near 0 are what costs least, use mean_absolute_error"
        )
    if useless and activation == "sigmoid" and losses.faint(loss, facts):
        return FAINT, (
            f"targets run from {low:.2g} to {high:.2g}, {sum(facts.mean) / columns:.2g} in the mean, the loss is {loss} of "
            "sigmoids: near 0 everywhere it has no slope, use binary_crossentropy"
        )
    if loss in losses.FREE_UNITS and _numbers_of(facts, units):
        return CLASS_NUMBERS, (
            f"labels are the class numbers 0 to {high:g} for {units} output units, the loss is {loss}: use "
            "softmax and sparse_categorical_crossentropy"
        )
    if loss in losses.ONE_HOT and columns == 1 and units == 1:
        instead = "mean_squared_error" if losses.are_real(facts) else "binary_crossentropy"
        return ONE_COLUMN, f"{loss} over a single column is 0 whatever the model says: use {instead}"
    if loss == losses.SPARSE and facts.one_hot and columns > 1:
        return ONE_HOT_SPARSE, f"one-hot labels under {loss}: use categorical_crossentropy"
    if facts.integers and columns == 1:
        return _unfit_numbers(facts, loss)
    return None


def _numbers_of(facts: ArrayFacts, units: int | None) -> bool:
    """Whether labels are the numbers of as many classes as there are output units."""
    if units is None or not facts.integers or len(facts.low) != 1:
        return False
    return 2 < facts.distinct <= units and min(facts.low) >= 0 and max(facts.high) < units


def _unfit_numbers(facts: ArrayFacts, loss: str) -> tuple[Sign, str] | None:
    """Why a loss is not made for one column of class numbers."""
    if loss in losses.ONE_HOT:
        return NUMBERS_ONE_HOT, f"integer labels under {loss}: use the sparse one"
    if loss in losses.FREE_UNITS and facts.distinct == 2 and set(facts.low + facts.high) == {0.0, 1.0}:
        return FLAGS_AS_NUMBERS, f"labels are 0 and 1, the loss is {loss}: use binary_crossentropy"
    if loss in losses.BINARY and facts.distinct > 2:
        return CLASSES_AS_FLAGS, f"{facts.distinct} integer classes under {loss}"
    return None


def _hidden(evidence: Evidence) -> list[LayerFacts]:
    return [layer for layer in evidence.model.layers if not layer.is_output and layer.activation is not None]


def _sign(evidence: Evidence, at_start: Sign, at_last: Sign, by_raw: Sign | None) -> Sign:
    """What layers give is known of the start of a fit, but of the end of a loop: there it may be a result of the fault."""
    if evidence.kind != "fit":
        return at_last
    return by_raw or at_start


def saturated(evidence: Evidence) -> Iterator[Said]:
    """Hidden units at the ends of their range, where the derivative is nearly zero."""
    for layer in _hidden(evidence):
        if layer.saturated is not None and layer.saturated > activations.STUCK:
            raw = SATURATED_BY_RAW if scales.large_inputs(evidence) else None
            yield _sign(evidence, SATURATED, SATURATED_AT_LAST, raw).of(
                Code.SATURATED_ACTIVATION,
                f"{layer.saturated:.0%} of the outputs of {layer.kind} {layer.name!r} ({layer.activation}) are within 1 % of "
                f"its bounds {'at the start' if evidence.kind == 'fit' else 'in the last step'}", activation_place(layer),
            )  # fmt: skip
            return


def dead_relu(evidence: Evidence) -> Iterator[Said]:
    """Units that are zero for every example: no gradient ever moves them again."""
    worst = max((layer for layer in evidence.model.layers if layer.dead is not None), key=lambda layer: layer.dead or 0,
                default=None)  # fmt: skip
    if evidence.finding is not None or (worst is not None and worst.is_output and any(output_mismatch(evidence))):
        return  # it follows from what overflowed, or from a head that the targets have no use for
    if worst is not None and (worst.dead or 0) > activations.STUCK and evidence.symptom.kind == SymptomKind.USELESS:
        raw = DEAD_BY_RAW if scales.large_inputs(evidence, scales.FAR) else None  # they are why the units are dead
        yield _sign(evidence, DEAD, DEAD_AT_LAST, raw).of(
            Code.DEAD_RELU,
            f"{worst.dead:.0%} of the units of {worst.kind} {worst.name!r} are zero for every example of a batch",
            activation_place(worst),
        )  # fmt: skip
        return
    died = max(_hidden(evidence), key=lambda layer: layer.died or 0.0, default=None)
    if evidence.symptom.kind == SymptomKind.USELESS and died is not None and (died.died or 0.0) > activations.STUCK:
        yield DIED.of(
            Code.DEAD_RELU,
            f"{died.died:.0%} of the units of {died.kind} {died.name!r} end at zero for every row, {died.dead or 0.0:.0%} "
            "began so: no gradient moves them any more", activation_place(died),
        )  # fmt: skip


def vanishing(evidence: Evidence) -> Iterator[Said]:
    """The first layers get next to no gradient (compare Glorot and Bengio 2010)."""
    if (
        evidence.symptom.kind != SymptomKind.USELESS or evidence.finding is not None
    ):  # nothing comes back through what overflowed
        return
    if evidence.model.bare and any((layer.saturated or 0.0) > activations.STUCK for layer in evidence.model.layers):
        return  # that is why: `saturated` tells of it
    layers = [layer for layer in evidence.model.layers if layer.gradient is not None and layer.weight]
    hidden = [layer for layer in layers if not layer.is_output]
    if len(layers) < 3 or not hidden:
        return
    first, last = layers[0], layers[-1]
    ratio = (first.gradient or 0.0) / last.gradient if last.gradient else math.inf
    if ratio < 1e-2:
        squashing = [
            layer for layer in _hidden(evidence) if layer.activation in activations.SATURATING and not layer.gate
        ]
        place = activation_place(squashing[0] if squashing else hidden[0])
        # it is the inputs that drive the units to their bounds
        driven = scales.large_inputs(evidence) and (first.saturated or 0.0) > activations.STUCK
        at_start = VANISHES if ratio < 1e-3 and squashing else THIN
        yield _sign(evidence, at_start, VANISHED_AT_LAST, VANISHES_BY_RAW if driven else None).of(
            Code.VANISHING_GRADIENT,
            f"the gradient of {first.name!r} is {first.gradient:.2g}, that of {last.name!r} {last.gradient:.2g}: "
            f"{len(hidden)} layers in between leave a share of {ratio:.1g}", place,
        )  # fmt: skip
        return
    sigmoids = [
        layer for layer in _hidden(evidence) if layer.activation == "sigmoid" and not (layer.gate or layer.recurrent)
    ]
    if evidence.kind == "fit" and len(sigmoids) > 1 and ratio <= 0.25 ** len(sigmoids):
        yield QUARTERED.of(
            Code.VANISHING_GRADIENT,
            f"{len(sigmoids)} hidden layers of sigmoids, each of which lets a quarter of a gradient through at most: that of "
            f"{first.name!r} is {ratio:.1g} of that of {last.name!r}", activation_place(sigmoids[0]),
        )  # fmt: skip


def starved(evidence: Evidence) -> Iterator[Said]:
    """A softmax between two layers of weights: the more units it has the less each of them hands on, and gets back."""
    if evidence.symptom.kind != SymptomKind.USELESS:
        return
    for seen in evidence.starving:
        layer = next((each for each in evidence.model.layers if each.name == seen.layer), None)
        place = seen.site if layer is None else activation_place(layer)
        of = "the softmax" if layer is None else f"the softmax of {layer.kind} {layer.name!r}"
        yield STARVED.of(
            Code.VANISHING_GRADIENT,
            f"{of} is a hidden one: {seen.units} shares that sum to 1 are all that is handed on, {1 / seen.units:.2g} each, "
            "and gradients come back as small; relu or tanh hands on what it is given", place,
        )  # fmt: skip
        return


def fading(evidence: Evidence) -> Iterator[Said]:
    """Signals that die out on their way through the layers: weights that start too small."""
    hidden = [layer for layer in _hidden(evidence) if layer.magnitude is not None and layer.weight is not None]
    if evidence.symptom.kind != SymptomKind.USELESS or evidence.finding is not None or not hidden:
        return
    first, last = hidden[0], hidden[-1]
    if not first.magnitude or (last.magnitude or 0.0) / first.magnitude > activations.FADED:
        return
    drawn = first.initializer in (*activations.DRAWN, "Constant")
    said = (
        f"the outputs of {first.name!r} start at a mean magnitude of {first.magnitude:.2g}, those of {last.name!r} at "
        f"{last.magnitude:.2g}: signals and gradients die out"
    )
    if drawn:
        sign = _sign(evidence, FADING_BY_DRAW, FADED_AT_LAST, None)
        yield sign.of(Code.BAD_INITIALIZATION, f"{said} ({first.initializer})", _initializer_place(first))
    sign = _sign(evidence, FADING, FADED_AT_LAST, None)
    yield sign.of(Code.VANISHING_GRADIENT, said, activation_place(first))


def growing(evidence: Evidence) -> Iterator[Said]:
    """Signals that grow on their way through the layers: what each block adds to its own input is never brought back."""
    hidden = [layer for layer in _hidden(evidence) if layer.magnitude and layer.weight is not None]
    if evidence.kind != "fit" or len(hidden) < 3 or evidence.symptom.kind == SymptomKind.ERROR:
        return
    first, last = hidden[0], hidden[-1]
    times = (last.magnitude or 0.0) / (first.magnitude or 1.0)
    if not math.isfinite(times) or times < 1.0 / activations.FADED:
        return
    pairs = itertools.pairwise(hidden)
    _, steepest = max(pairs, key=lambda pair: (pair[1].magnitude or 0.0) / (pair[0].magnitude or 1.0))
    yield GROWING.of(
        Code.BAD_INITIALIZATION,
        f"the outputs of {first.name!r} start at a mean magnitude of {first.magnitude:.2g}, those of {last.name!r} at "
        f"{last.magnitude:.2g}: signals and gradients grow from layer to layer",
        activation_place(steepest),
    )


def forgetting(evidence: Evidence) -> Iterator[Said]:
    """A recurrent state of which nothing is left after a few steps, and that no gate keeps."""
    layer = next((layer for layer in evidence.model.layers if layer.forgets), None)
    if layer is not None and layer.recurrent_gain is not None and evidence.symptom.kind == SymptomKind.USELESS:
        yield FORGETS.of(
            Code.VANISHING_GRADIENT,
            f"the recurrent weights of {layer.name!r} start {layer.recurrent_gain:.2g} times as large as orthogonal ones: of "
            f"what it was given ten steps before {layer.recurrent_gain**10:.1g} is left, and of gradients likewise",
            layer.recurrent_site or activation_place(layer),
        )  # fmt: skip


def frozen(evidence: Evidence) -> Iterator[Said]:
    """Layers that are not trained: all of them, or most of them at weights that nobody has trained or loaded."""
    held, trained = [layer for layer in evidence.model.layers if layer.frozen], evidence.model.trained
    if evidence.symptom.kind != SymptomKind.USELESS or not held or trained is None:
        return
    if not trained:
        yield FROZEN.of(
            Code.VANISHING_GRADIENT,
            f"no weight of the model is trained: {_named(held)} {_are(held)} frozen (trainable = False)", held[-1].frozen_site,
        )  # fmt: skip
        return
    drawn = [layer for layer in held if layer.as_drawn]
    numbers = sum(layer.frozen for layer in drawn)
    if numbers > trained:
        yield FROZEN_AS_DRAWN.of(
            Code.VANISHING_GRADIENT,
            f"{_named(drawn)} {_are(drawn)} frozen (trainable = False) at the {numbers:,} random numbers that initializers "
            f"have drawn, which nobody has trained or loaded; {trained:,} are trained behind these",
            drawn[-1].frozen_site,
        )  # fmt: skip


def _named(layers: Sequence[LayerFacts]) -> str:
    more = f" and {len(layers) - MOST_NAMED} more" if len(layers) > MOST_NAMED else ""
    return f"{first_named([layer.name for layer in layers])}{more}"


def first_named(names: Sequence[str]) -> str:
    """As many names as a sentence holds."""
    return ", ".join(map(repr, names[:MOST_NAMED]))


def _are(layers: Sequence[LayerFacts]) -> str:
    return "is" if len(layers) == 1 else "are"


def _layer_of(matrix: str, evidence: Evidence) -> LayerFacts | None:
    """The layer whose matrix has that name; None of one of the program's own making."""
    return next((layer for layer in evidence.model.layers if f"/{layer.name}/" in f"/{matrix}"), None)


def bad_initialization(evidence: Evidence) -> Iterator[Said]:
    """Initial weights that make signals die out or blow up."""
    if evidence.alike and evidence.symptom.kind == SymptomKind.USELESS:
        names = first_named(evidence.alike)
        yield ALIKE.of(Code.BAD_INITIALIZATION, f"all entries of {names} began equal and are equal still: "
                    "nothing tells their units apart", evidence.alike_site)  # fmt: skip
        return
    if evidence.copied and evidence.symptom.kind == SymptomKind.USELESS:
        names = first_named(evidence.copied)
        layer = _layer_of(evidence.copied[0], evidence)
        place = evidence.copied_site or (None if layer is None else activation_place(layer))
        yield COPIED_UNITS.of(Code.BAD_INITIALIZATION, f"columns of {names} began equal and are copies of one another still: "
                    "several units do the work of one", place)  # fmt: skip
        return
    if evidence.leaning and evidence.symptom.kind != SymptomKind.ERROR:
        layer = _layer_of(evidence.leaning[0], evidence)
        place = evidence.leaning_site or (None if layer is None else _initializer_place(layer))
        yield LEANING.of(Code.BAD_INITIALIZATION, f"the weights of {first_named(evidence.leaning)} start with a mean far from "
                    "0: what all units give alike drowns what tells them apart, and grows by each layer", place)  # fmt: skip
        return
    stuck = next((layer for layer in evidence.model.layers if activations.biased(layer)), None)
    if stuck is not None and evidence.symptom.kind == SymptomKind.USELESS and evidence.kind == "fit":
        yield FAR_BIASES.of(Code.BAD_INITIALIZATION, f"the biases of {stuck.name!r} start at a mean size of {stuck.bias:.3g}: "
                            f"{stuck.dead:.0%} of its units are zero for every example of a batch", stuck.site)  # fmt: skip
        return
    narrow = activations.quiet(evidence.model.layers)
    for layer in evidence.model.layers:
        # what is known of a loop's weights is of the step that failed
        at_start = evidence.kind == "fit" or evidence.symptom.step == 0
        if layer.nonfinite and evidence.symptom.kind == SymptomKind.NONFINITE and at_start:
            made = evidence.warned or "look at what they are computed from"
            yield BEGINS_BAD.of(Code.BAD_INITIALIZATION, f"{layer.nonfinite} of the weights of {layer.name!r} are NaN or Inf "
                        f"before the first step: {made}", layer.site)  # fmt: skip
            return
        if layer.grows:
            yield GROWS.of(Code.BAD_INITIALIZATION, f"the recurrent weights of {layer.name!r} start "
                        f"{layer.recurrent_gain:.3g} times as large as orthogonal ones: its state grows with every step",
                        activation_place(layer))  # fmt: skip
            return
        if layer.initializer in ("Zeros",) or (layer.initializer == "Constant" and layer.weight == 0):
            still = layer.kind != "Embedding" or not any(evidence.course.gradients)  # a table of offsets may start so
            if not layer.is_output and evidence.symptom.kind == SymptomKind.USELESS and still:
                yield ZEROS.of(Code.BAD_INITIALIZATION, f"the weights of {layer.name!r} start at zero",
                            _initializer_place(layer))  # fmt: skip
                return
        if layer in narrow and evidence.symptom.kind == SymptomKind.USELESS:
            gains = ", ".join(f"{each.gain:.2g}" for each in narrow[:MOST_NAMED])
            names = first_named([each.name for each in narrow])
            said = (
                f"the weights of {names} are drawn from a {layer.initializer} so narrow that they carry {gains} times as far "
                "as Glorot's: hardly anything of a row comes through"
            )
            yield QUIET.of(Code.BAD_INITIALIZATION, said, _initializer_place(layer))
            return
        if layer.initializer in ("Ones", "Constant") and layer.weight and not layer.is_output:
            yield EQUAL.of(Code.BAD_INITIALIZATION, f"all weights of {layer.name!r} start equal ({layer.initializer}): "
                        "its units can never differ", _initializer_place(layer))  # fmt: skip
            return
        if layer.kind == "Embedding" and layer.initializer in activations.DRAWN and evidence.starts_far:
            yield WIDE_TABLE.of(Code.BAD_INITIALIZATION, f"the loss starts at {loss_figure(evidence.initial_loss)}, "
                        f"guessing has {loss_figure(evidence.chance_loss)}: the entries of {layer.name!r} are drawn from a "
                        f"{layer.initializer} of "
                        f"a mean magnitude of {layer.magnitude or 0.0:.2g}, and what is computed from them is sure of itself",
                        _initializer_place(layer))  # fmt: skip
            return
        if layer.initializer in activations.DRAWN and (layer.magnitude or 0) > 50:
            yield LOUD.of(Code.BAD_INITIALIZATION, f"the outputs of {layer.name!r} start at a mean magnitude of "
                        f"{layer.magnitude:.3g} ({layer.initializer})", _initializer_place(layer))  # fmt: skip
            return

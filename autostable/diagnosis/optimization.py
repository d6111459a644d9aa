"""Causes that lie in the optimizer, the precision, or the way gradients grow."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autostable.diagnosis import architecture, labels
from autostable.evidence import Evidence
from autostable.figures import loss_figure
from autostable.knowledge import activations, operations, optimizers, scales
from autostable.knowledge.signs import Kind, Said, Sign
from autostable.records import Code, SymptomKind

FAR_RATE = 20.0  # times the usual, from which on a rate is far above it
RUNAWAY = 1e4  # a value or a norm of gradients that steps too large may have led to
GROWN = 1e6  # a value of the step that something must have blown up

NO_RATE = Sign("a learning rate that is no rate", Kind.PLAIN)
HIGH = Sign("a learning rate above the usual")
FAR_TOO_HIGH = Sign("a learning rate far above the usual")
ABSURDLY_HIGH = Sign("a learning rate absurdly far above the usual")
COLLAPSED = Sign("answers that have come together to one")
LARGE_STEPS = Sign("a training that grew, at a rate near the usual", Kind.GUESS)
OVER_AT_ONCE = Sign("a schedule that is over almost as soon as it begins", Kind.PLAIN)
HARDLY_BEGUN = Sign("a warm-up that is longer than the training", Kind.PLAIN)
CLIPPED = Sign("gradients that are clipped to next to nothing")
LOW = Sign("a learning rate below the usual")
FORGOTTEN = Sign("an optimizer that forgets initial weights", Kind.PLAIN)
HARDLY_MOVED = Sign("weights that have hardly moved from where they began")
LIGHT = Sign("sample weights far below one", Kind.PLAIN)
NEVER_APPLIED = Sign("gradients that no optimizer is given", Kind.PLAIN)
FAR_TOO_LOW = Sign("a learning rate far below the usual")
FED_BACK = Sign("a recurrent state that nothing bounds")
FED_BACK_IDLY = Sign("a recurrent state that nothing bounds, of a training that learns nothing")
HEAVY = Sign("sample weights far above one", Kind.PLAIN)
GREW = Sign("gradients that grew", Kind.GUESS)
GREW_ON_RAW = Sign("gradients that grew, and raw data", Kind.GUESS)
NO_EPSILON = Sign("an optimizer's epsilon below its usual value", Kind.LOCATED)
DIVIDES = Sign("an operation of the optimizer's update at a singular point")
SQUARES = Sign("squares of gradients that overflow in the update")
STEPS_OVERFLOW = Sign("an update that overflows")
HALF = Sign("half precision, and values near its end", Kind.LOCATED)
VANISHED = Sign("a loss of which half precision leaves 0", Kind.LOCATED)
BLURRED = Sign("whole numbers that half precision does not tell apart", Kind.PLAIN)
HALF_BEYOND = Sign("half precision, and values far beyond its end")
AVERAGED_WEIGHTS = Sign("averaged weights that are those of the start", Kind.PLAIN)
DECAYED = Sign("weight decay that leaves next to nothing of the weights")
OVERSHOT = Sign("weight decay that takes away more than there is", Kind.PLAIN)
LAGS = Sign("moving averages that lag behind", Kind.PLAIN)
WAVERS = Sign("moving averages of the last few batches", Kind.PLAIN)
IDLE = Sign("a batch normalisation that is never told that it trains", Kind.PLAIN)
UNMIXED = Sign("a batch normalisation over batches of one class")
SINGLE = Sign("a normalisation over one number", Kind.PLAIN)
ROW_BY_ROW = Sign("a normalisation of batches of one row")
STATISTICS = Sign("moving statistics that became non-finite")


def invalid_rate(evidence: Evidence) -> Iterator[Said]:
    """A learning rate that is no rate."""
    rate = evidence.model.learning_rate
    if rate is not None and (not math.isfinite(rate) or rate < 0):
        yield NO_RATE.of(Code.LEARNING_RATE_INVALID, f"the learning rate is {rate}", evidence.model.optimizer_site)
    elif rate == 0 and not evidence.model.schedule and evidence.symptom.kind == SymptomKind.USELESS:
        yield NO_RATE.of(Code.LEARNING_RATE_INVALID, "the learning rate is 0", evidence.model.optimizer_site)


def rate_too_high(evidence: Evidence) -> Iterator[Said]:
    """Diverging, and the rate is well above the usual."""
    rate = evidence.model.learning_rate
    if rate is None or not math.isfinite(rate) or rate <= 0:
        return
    if evidence.symptom.kind == SymptomKind.ERROR or optimizers.missing(evidence) is not None:
        return
    usual = optimizers.usual_rate(evidence.model.optimizer)
    times = rate / usual
    finding = evidence.finding
    largest = max([(finding.largest or 0.0) if finding else 0.0, *filter(math.isfinite, evidence.course.gradients)])
    grew = finding is None or largest > RUNAWAY or evidence.symptom.kind in (SymptomKind.DIVERGED, SymptomKind.USELESS)
    if times >= 5 and grew:
        sign = HIGH if times < FAR_RATE else FAR_TOO_HIGH if times < 200 else ABSURDLY_HIGH
        course = evidence.course
        trend = ""
        if course.losses and course.losses[-1] > 10 * abs(course.losses[0]):
            first, last = loss_figure(course.losses[0]), loss_figure(course.losses[-1])
            trend = f"; the loss went from {first} to {last} in {len(course.losses)} steps"
        yield sign.of(
            Code.LEARNING_RATE_TOO_HIGH,
            f"{evidence.model.optimizer} runs at {rate:g}, {times:.3g} times the usual {usual:g}"
            f"{_held(evidence)}{trend}", evidence.model.rate_site,
        )  # fmt: skip
    elif evidence.symptom.kind == SymptomKind.USELESS and evidence.collapsed:
        yield COLLAPSED.of(
            Code.LEARNING_RATE_TOO_HIGH,
            f"what the model says of different rows has come together to one answer: steps at {rate:g} have driven it there, "
            "and there is no way back", evidence.model.rate_site,
        )  # fmt: skip
    # a rate somewhat above the usual tells little; that the training grew tells as much as of any other
    if times < FAR_RATE and evidence.symptom.kind in (SymptomKind.NONFINITE, SymptomKind.DIVERGED) and grew:
        yield LARGE_STEPS.of(
            Code.LEARNING_RATE_TOO_HIGH,
            f"the steps at {rate:g} ({evidence.model.optimizer}) are larger than this loss allows",
            evidence.model.rate_site,
        )  # fmt: skip


def vanishing_rate(evidence: Evidence) -> Iterator[Said]:
    """A schedule that ends the training almost as soon as it begins (decayed by the step, not by the epoch)."""
    rates, course = evidence.course.rates, evidence.course
    tenth = course.rate_vanishes_at
    if evidence.symptom.kind == SymptomKind.USELESS and tenth is not None:
        yield OVER_AT_ONCE.of(
            Code.LEARNING_RATE_TOO_LOW,
            f"the schedule brings the rate from {rates[0]:g} down to {rates[tenth]:.2g} in the first "
            f"{course.steps * tenth // 10} of {course.steps} steps: hardly anything is learnt after that",
            evidence.model.rate_site,
        )  # fmt: skip


def endless_warm_up(evidence: Evidence) -> Iterator[Said]:
    """A schedule that still rises when the training ends, and has not come near the usual rate."""
    rates, usual = evidence.course.rates, optimizers.usual_rate(evidence.model.optimizer)
    if evidence.symptom.kind != SymptomKind.USELESS or not rates or not 0.0 < max(rates) <= optimizers.LOW_RATE * usual:
        return
    if list(rates) == sorted(rates) and rates[-1] >= 1.5 * rates[len(rates) // 2]:
        yield HARDLY_BEGUN.of(
            Code.LEARNING_RATE_TOO_LOW,
            f"the schedule is still warming up when the training ends after {evidence.course.steps} steps, at {rates[-1]:.2g}, "
            f"{usual / rates[-1]:.3g} times below the usual",
            evidence.model.rate_site,
        )  # fmt: skip


def rate_too_low(evidence: Evidence) -> Iterator[Said]:
    """Weights that hardly moved, whatever made the steps small; a rate far below the usual."""
    if evidence.symptom.kind != SymptomKind.USELESS:
        return
    if evidence.unapplied is not None:
        yield NEVER_APPLIED.of(
            Code.LEARNING_RATE_TOO_LOW,
            f"gradients were asked for {evidence.unapplied.steps:,} times, and no optimizer was given any: this line was never "
            "come to, and no weight has moved",
            evidence.unapplied.site,
        )  # fmt: skip
        return
    yield from _hardly_moved(evidence)
    rate, moved = evidence.model.learning_rate, evidence.course.moved
    if rate is None or rate <= 0 or (moved is not None and moved > optimizers.TYPICAL):
        return  # what has come so far has not come too slowly
    times, left = rate / optimizers.usual_rate(evidence.model.optimizer), optimizers.left_by_clipping(evidence)
    if times * left <= optimizers.LOW_RATE < times:
        yield CLIPPED.of(
            Code.LEARNING_RATE_TOO_LOW,
            f"{evidence.model.optimizer} clips gradients to a norm of {evidence.model.clipnorm:g}, {left:.2g} of what they "
            f"are: {rate:g} works as {rate * left:.2g} would without",
            evidence.model.optimizer_site,
        )  # fmt: skip
    elif times <= optimizers.LOW_RATE:
        yield (LOW if times > 1e-2 else FAR_TOO_LOW).of(
            Code.LEARNING_RATE_TOO_LOW,
            f"{evidence.model.optimizer} runs at {rate:g}, {1 / times:.3g} times below the usual{_held(evidence)}",
            evidence.model.rate_site,
        )  # fmt: skip


def _held(evidence: Evidence) -> str:
    return " (what a function said when the step was traced: it is not asked again)" if evidence.model.rate_held else ""


def forgotten_start(evidence: Evidence) -> Iterator[Said]:
    """FTRL computes each weight anew from its accumulators: of where a network began nothing is left after one step."""
    layers = [layer for layer in evidence.model.layers if layer.weight is not None]
    if evidence.symptom.kind == SymptomKind.USELESS and evidence.model.optimizer == "Ftrl" and len(layers) > 1:
        yield FORGOTTEN.of(
            Code.BAD_INITIALIZATION,
            "Ftrl computes weights anew from its sums of gradients: after one step nothing is left of the initial ones of "
            f"{len(layers)} layers, and next to no gradient gets through; it is for models without hidden layers, use Adam",
            evidence.model.optimizer_site,
        )  # fmt: skip


def _hardly_moved(evidence: Evidence) -> Iterator[Said]:
    light = optimizers.left_by_weights(evidence)
    if light <= 1 / scales.FAR:
        yield LIGHT.of(
            Code.LEARNING_RATE_TOO_LOW,
            f"the sample weights are {light:.2g} in the mean, and so many times as large is each gradient: divide them by it",
            evidence.model.weights_site or evidence.model.fit_site,
        )  # fmt: skip
    elif optimizers.missing(evidence) is not None:
        yield HARDLY_MOVED.of(
            Code.LEARNING_RATE_TOO_LOW,
            f"in {evidence.course.steps} steps no matrix of weights has come farther than {evidence.course.moved:.2g} of its "
            "norm",
            evidence.model.rate_site,
        )  # fmt: skip


def explosion(evidence: Evidence) -> Iterator[Said]:
    """Signals or gradients that grow from layer to layer, from time step to time step."""
    if evidence.symptom.kind not in (SymptomKind.NONFINITE, SymptomKind.DIVERGED, SymptomKind.USELESS):
        return
    finding = evidence.finding
    if finding is not None and finding.born == "data":
        return
    for layer in evidence.model.layers:
        if layer.recurrent and layer.activation in activations.UNBOUNDED:
            yield (FED_BACK if evidence.symptom.kind != SymptomKind.USELESS else FED_BACK_IDLY).of(
                Code.GRADIENT_EXPLOSION,
                f"recurrent layer {layer.name!r} feeds {layer.activation} back into itself, nothing bounds its state"
                + _magnitude(evidence), architecture.activation_place(layer),
            )  # fmt: skip
            return
    heavy = max(evidence.weights.mean, default=0.0) if evidence.weights is not None else 0.0
    if heavy >= scales.FAR and evidence.emptied is None:
        yield HEAVY.of(
            Code.GRADIENT_EXPLOSION,
            f"the sample weights are {heavy:.4g} in the mean, and so many times as large is each gradient: divide them by it",
            evidence.model.weights_site or evidence.model.fit_site,
        )  # fmt: skip
        return
    norms = [norm for norm in evidence.course.gradients if math.isfinite(norm)]
    largest = max(norms, default=0.0)
    if largest > 1e3 or (finding is not None and (finding.largest or 0) > GROWN):
        raw = scales.large_inputs(evidence) or any(map(scales.raw_target, evidence.targets))
        yield (GREW_ON_RAW if raw else GREW).of(
            Code.GRADIENT_EXPLOSION,
            f"the norm of all gradients reaches {largest:.3g}" + _magnitude(evidence), evidence.model.optimizer_site,
        )  # fmt: skip


def _magnitude(evidence: Evidence) -> str:
    finding = evidence.finding
    if finding is None or finding.largest is None or finding.largest < GROWN:
        return ""
    return f"; values of {finding.largest:.3g} were reached before {finding.op} overflowed"


def update(evidence: Evidence) -> Iterator[Said]:
    """The optimizer's own update gives the first bad number; loss and gradients are finite."""
    finding, model = evidence.finding, evidence.model
    if finding is None or finding.born != "update" or not (finding.builtin or finding.op == "Variable"):
        return
    what = f"the update of {model.optimizer}" if model.optimizer else "the update"
    tiny = model.epsilon is not None and 0 <= model.epsilon < optimizers.USUAL_EPSILON
    code = operations.known(finding.op).code
    if code is not None or (tiny and finding.op == "Variable"):
        how = "its first division" if finding.op == "Variable" else finding.op
        yield (NO_EPSILON if tiny else DIVIDES).of(
            code or Code.UNSAFE_DIVISION,
            f"{how} in {what} is not finite though all gradients are: weights whose gradient stays zero divide by "
            f"sqrt(0) + epsilon, and epsilon is {model.epsilon:g}" if tiny else
            f"{how} in {what} is not finite though all gradients are", model.optimizer_site,
        )  # fmt: skip
    elif finding.op == "Square":
        yield SQUARES.of(
            Code.GRADIENT_EXPLOSION,
            f"{what} squares gradients, and the squares of finite ones overflow{_magnitude(evidence)}", model.optimizer_site,
        )  # fmt: skip
    elif finding.op != "Variable":
        yield STEPS_OVERFLOW.of(
            Code.LEARNING_RATE_TOO_HIGH,
            f"{finding.op} in {what} overflows though all gradients are finite: the steps (or the weight decay, which is "
            "multiplied by the learning rate) are too large", model.optimizer_site,
        )  # fmt: skip


def precision(evidence: Evidence) -> Iterator[Said]:
    """float16 ends at 65504, and below 6e-8."""
    finding, model = evidence.finding, evidence.model
    if finding is not None and finding.vanished:
        yield VANISHED.of(
            Code.PRECISION_OVERFLOW,
            f"{finding.op} gives 0 in float16, and the loss is 0 with it; in float32 it is not (a mean over 65,520 entries or "
            "more divides by Inf there, and squares below 6e-8 are 0)",
            finding.site or model.loss_place,
        )
        return
    if not model.in_half and not (finding is not None and finding.halved):
        return
    what = f"the model computes in {model.precision}" if model.in_half else "this is computed in float16"
    largest = (finding.largest or 0.0) if finding is not None else 0.0
    absorbed = evidence.symptom.kind == SymptomKind.USELESS and finding is not None
    if evidence.symptom.kind in (SymptomKind.STALLED, SymptomKind.NONFINITE) or absorbed:
        yield (HALF if evidence.symptom.kind != SymptomKind.NONFINITE or largest < 1e5 else HALF_BEYOND).of(
            Code.PRECISION_OVERFLOW,
            f"{what}; float16 ends at 65504, values of {largest:.4g} were seen",
            model.precision_site or (finding.site if finding else model.fit_site),
        )  # fmt: skip


def blurred(evidence: Evidence) -> Iterator[Said]:
    """Codes among numbers that the model casts to half precision: of several one is made."""
    most = evidence.model.whole_up_to
    for facts in evidence.inputs if most is not None and evidence.model.casts else ():
        lost = sorted(each for each in scales.codes(facts, evidence.model.layers) if facts.high[each] > (most or 0))
        if lost:
            yield BLURRED.of(
                Code.PRECISION_OVERFLOW,
                f"{facts.name} holds codes up to {facts.high[lost[0]]:.6g} (feature {lost[0]}), and is cast to what "
                f"{evidence.model.precision} computes in, where all whole numbers are told apart up to {most} only",
                evidence.model.precision_site or evidence.model.fit_site,
            )


def decayed(evidence: Evidence) -> Iterator[Said]:
    """A weight decay that an optimizer's steps do not keep up with.

    It is a penalty that the optimizer adds to the loss, so the cause is that of regularizers which outweigh the loss. It is no
    fault of the rate: of AdamW's balance between steps and decay the rate is no part.
    """
    share, model, steps = optimizers.decay_a_step(evidence), evidence.model, evidence.course.steps
    says = (
        f"{model.optimizer} takes {share:.2g} of each weight away in each step (a weight_decay of {model.decay:g} times the "
        f"rate of {model.learning_rate:g})"
    ) if share else ""  # fmt: skip
    if optimizers.decay_overshoots(evidence):
        yield OVERSHOT.of(
            Code.LOSS_MISMATCH, f"{says}, which is more than there is", model.decay_site or model.optimizer_site
        )
    elif optimizers.decayed_away(evidence):
        yield DECAYED.of(
            Code.LOSS_MISMATCH,
            f"{says}: by that alone {optimizers.left_by_decay(evidence):.1g} of them is left after {steps} steps, and the "
            f"matrices ended at {evidence.course.kept:.2g} of the norm that they began with",
            model.decay_site or model.optimizer_site,
        )


def averaged_weights(evidence: Evidence) -> Iterator[Said]:
    """An average of weights that reaches back to the start of the training."""
    momentum, steps = evidence.model.average, evidence.course.steps
    if momentum is not None and evidence.symptom.evidence.get("averaged_weights"):
        yield AVERAGED_WEIGHTS.of(
            Code.LEARNING_RATE_TOO_LOW,
            f"after {steps} steps with ema_momentum {momentum:g} the averaged weights, which fit puts in the place of the "
            f"trained ones at its end, are still {momentum**steps:.0%} those of the start: as the model is used the loss is "
            f"{loss_figure(evidence.symptom.evidence['inference_loss'])}",
            evidence.model.average_site or evidence.model.optimizer_site,
        )  # fmt: skip


def batchnorm(evidence: Evidence) -> Iterator[Said]:
    """Averages over one number, moving averages that lag behind or are not finite."""
    layers = [layer for layer in evidence.model.layers if layer.momentum is not None]
    weights = evidence.symptom.evidence.get("averaged_weights")
    lagging = None if weights else evidence.symptom.evidence.get("inference_loss")
    useless = evidence.symptom.kind == SymptomKind.USELESS and bool(layers)
    if useless and any(map(labels.in_a_row, evidence.targets[:1])):
        yield UNMIXED.of(
            Code.BATCHNORM_STATISTICS,
            f"{layers[0].name!r} normalises each batch by itself, and batches are of one class each: what tells the classes "
            "apart is taken out with their means",
            architecture.activation_place(layers[0]),
        )  # fmt: skip
        return
    if useless and lagging is not None and "averages_of" in evidence.symptom.evidence:
        worst = min(layers, key=lambda layer: layer.momentum or 0.0)
        yield WAVERS.of(
            Code.BATCHNORM_STATISTICS,
            f"with momentum {worst.momentum:g} the moving averages of {worst.name!r} are those of the last "
            f"{evidence.symptom.evidence['averages_of']:.2g} batches: at inference the loss is {loss_figure(lagging)}",
            worst.momentum_site or architecture.activation_place(worst),
        )  # fmt: skip
        return
    if useless and lagging is not None:
        worst = max(layers, key=lambda layer: layer.momentum or 0.0)
        steps, momentum = evidence.course.steps, worst.momentum or 0.0
        left = f"are still {100 * momentum**steps:.2g}% their first values"
        yield LAGS.of(
            Code.BATCHNORM_STATISTICS,
            f"after {steps} steps with momentum {momentum:g} the moving averages of {worst.name!r} {left}: "
            f"at inference the loss is {loss_figure(lagging)}",
            worst.momentum_site or architecture.activation_place(worst),
        )  # fmt: skip
        return
    idle = next((layer for layer in layers if layer.idle), None)
    ran = evidence.symptom.kind in (
        SymptomKind.USELESS,
        SymptomKind.DIVERGED,
    )  # others may have ended before it was called
    if idle is not None and ran:
        yield IDLE.of(
            Code.BATCHNORM_STATISTICS,
            f"the moving averages of {idle.name!r} are as they began after {evidence.course.steps} steps, so it normalises "
            "nothing: call the model with training=True",
            architecture.activation_place(idle),
        )  # fmt: skip
        return
    single = next((layer for layer in evidence.model.layers if layer.averaged == 1), None)
    if evidence.symptom.kind == SymptomKind.USELESS and single is not None:
        yield SINGLE.of(
            Code.BATCHNORM_STATISTICS,
            f"{single.name!r} normalises over one number: nothing of it is left, the same for all rows",
            architecture.activation_place(single),
        )  # fmt: skip
        return
    if useless and evidence.course.batch == 1:
        yield ROW_BY_ROW.of(
            Code.BATCHNORM_STATISTICS,
            f"batches are of one row: in training {layers[0].name!r} normalises each row by itself, as the model is used by "
            "the averages of all of them",
            architecture.activation_place(layers[0]),
        )  # fmt: skip
        return
    if evidence.symptom.first_seen_in != "state":
        return
    layer = next((layer for layer in evidence.model.layers if layer.kind == "BatchNormalization"), None)
    if layer is not None:
        yield STATISTICS.of(
            Code.BATCHNORM_STATISTICS, f"the moving statistics of {layer.name!r} became non-finite",
            architecture.activation_place(layer),
        )  # fmt: skip

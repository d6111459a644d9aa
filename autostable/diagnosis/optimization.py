"""Causes that lie in the optimizer, the precision, or the way gradients grow."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autostable.diagnosis import architecture
from autostable.evidence import Evidence
from autostable.knowledge import activations, operations, optimizers, scales
from autostable.records import Cause, Code

GROWN = 1e6  # a value of the step that something must have blown up


def invalid_rate(evidence: Evidence) -> Iterator[Cause]:
    """A learning rate that is no rate."""
    rate = evidence.model.learning_rate
    if rate is not None and (not math.isfinite(rate) or rate < 0):
        yield Cause(Code.LEARNING_RATE_INVALID, 0.98, f"the learning rate is {rate}", evidence.model.optimizer_site)
    elif rate == 0 and not evidence.model.schedule and evidence.symptom.kind == "useless":
        yield Cause(Code.LEARNING_RATE_INVALID, 0.95, "the learning rate is 0", evidence.model.optimizer_site)


def rate_too_high(evidence: Evidence) -> Iterator[Cause]:
    """Diverging, and the rate is well above the usual."""
    rate = evidence.model.learning_rate
    if rate is None or not math.isfinite(rate) or rate <= 0:
        return
    if evidence.symptom.kind == "error":
        return
    usual = optimizers.usual_rate(evidence.model.optimizer)
    times = rate / usual
    finding = evidence.finding
    grew = finding is None or (finding.largest or 0) > 1e4 or evidence.symptom.kind in ("diverged", "useless")
    if times >= 5 and grew:
        confidence = 0.62 if times < 20 else 0.76 if times < 200 else 0.88
        course = evidence.course
        trend = ""
        if course.losses and course.losses[-1] > 10 * abs(course.losses[0]):
            trend = (
                f"; the loss went from {course.losses[0]:.4g} to {course.losses[-1]:.4g} in {len(course.losses)} steps"
            )
        yield Cause(
            Code.LEARNING_RATE_TOO_HIGH, confidence,
            f"{evidence.model.optimizer} runs at {rate:g}, {times:.3g} times the usual {usual:g}"
            f"{trend}", evidence.model.optimizer_site,
        )  # fmt: skip
    elif evidence.symptom.kind in ("nonfinite", "diverged") and grew:
        yield Cause(
            Code.LEARNING_RATE_TOO_HIGH, 0.3,
            f"the steps at {rate:g} ({evidence.model.optimizer}) are larger than this loss allows",
            evidence.model.optimizer_site,
        )  # fmt: skip


def vanishing_rate(evidence: Evidence) -> Iterator[Cause]:
    """A schedule that ends the training almost as soon as it begins (decayed by the step, not by the epoch)."""
    rates, course = evidence.course.rates, evidence.course
    tenth = course.rate_vanishes_at
    if evidence.symptom.kind == "useless" and tenth is not None:
        yield Cause(
            Code.LEARNING_RATE_TOO_LOW, 0.93,
            f"the schedule brings the rate from {rates[0]:g} down to {rates[tenth]:.2g} in the first "
            f"{course.steps * tenth // 10} of {course.steps} steps: hardly anything is learnt after that",
            evidence.model.schedule_site or evidence.model.optimizer_site,
        )  # fmt: skip


def rate_too_low(evidence: Evidence) -> Iterator[Cause]:
    """Still going down at the end, at a rate far below the usual."""
    rate = evidence.model.learning_rate
    if rate is None or rate <= 0 or evidence.symptom.kind != "useless":
        return
    times = rate / optimizers.usual_rate(evidence.model.optimizer)
    if times <= 0.11:
        yield Cause(
            Code.LEARNING_RATE_TOO_LOW, 0.55 if times > 1e-2 else 0.85,
            f"{evidence.model.optimizer} runs at {rate:g}, {1 / times:.3g} times below the usual",
            evidence.model.optimizer_site,
        )  # fmt: skip


def explosion(evidence: Evidence) -> Iterator[Cause]:
    """Signals or gradients that grow from layer to layer, from time step to time step."""
    if evidence.symptom.kind not in ("nonfinite", "diverged", "useless"):
        return
    finding = evidence.finding
    if finding is not None and finding.born == "data":
        return
    for layer in evidence.model.layers:
        if layer.recurrent and layer.activation in activations.UNBOUNDED:
            yield Cause(
                Code.GRADIENT_EXPLOSION, 0.9 if evidence.symptom.kind != "useless" else 0.8,
                f"recurrent layer {layer.name!r} feeds {layer.activation} back into itself, nothing bounds its state"
                + _magnitude(evidence), architecture.activation_place(layer),
            )  # fmt: skip
            return
    norms = [norm for norm in evidence.course.gradients if math.isfinite(norm)]
    largest = max(norms, default=0.0)
    if largest > 1e3 or (finding is not None and (finding.largest or 0) > GROWN):
        raw = scales.large_inputs(evidence) or any(map(scales.raw_target, evidence.targets))
        yield Cause(
            Code.GRADIENT_EXPLOSION, 0.4 if raw else 0.5,
            f"the norm of all gradients reaches {largest:.3g}" + _magnitude(evidence), evidence.model.optimizer_site,
        )  # fmt: skip


def _magnitude(evidence: Evidence) -> str:
    finding = evidence.finding
    if finding is None or finding.largest is None or finding.largest < GROWN:
        return ""
    return f"; values of {finding.largest:.3g} were reached before {finding.op} overflowed"


def update(evidence: Evidence) -> Iterator[Cause]:
    """The optimizer's own update gives the first bad number; loss and gradients are finite."""
    finding, model = evidence.finding, evidence.model
    if finding is None or finding.born != "update" or not (finding.builtin or finding.op == "Variable"):
        return
    what = f"the update of {model.optimizer}" if model.optimizer else "the update"
    tiny = model.epsilon is not None and 0 <= model.epsilon < optimizers.USUAL_EPSILON
    code = operations.known(finding.op).code
    if code is not None or (tiny and finding.op == "Variable"):
        how = "its first division" if finding.op == "Variable" else finding.op
        yield Cause(
            code or Code.UNSAFE_DIVISION, 0.93 if tiny else 0.6,
            f"{how} in {what} is not finite though all gradients are: weights whose gradient stays zero divide by "
            f"sqrt(0) + epsilon, and epsilon is {model.epsilon:g}" if tiny else
            f"{how} in {what} is not finite though all gradients are", model.optimizer_site,
        )  # fmt: skip
    elif finding.op == "Square":
        yield Cause(
            Code.GRADIENT_EXPLOSION, 0.8,
            f"{what} squares gradients, and the squares of finite ones overflow{_magnitude(evidence)}", model.optimizer_site,
        )  # fmt: skip
    elif finding.op != "Variable":
        yield Cause(
            Code.LEARNING_RATE_TOO_HIGH, 0.7,
            f"{finding.op} in {what} overflows though all gradients are finite: the steps (or the weight decay, which is "
            "multiplied by the learning rate) are too large", model.optimizer_site,
        )  # fmt: skip


def precision(evidence: Evidence) -> Iterator[Cause]:
    """float16 ends at 65504."""
    if not evidence.model.in_half:
        return
    largest = (evidence.finding.largest or 0.0) if evidence.finding is not None else 0.0
    absorbed = evidence.symptom.kind == "useless" and evidence.finding is not None
    if evidence.symptom.kind in ("stalled", "nonfinite") or absorbed:
        yield Cause(
            Code.PRECISION_OVERFLOW, 0.9 if evidence.symptom.kind != "nonfinite" or largest < 1e5 else 0.6,
            f"the model computes in {evidence.model.precision}; float16 ends at 65504, values of {largest:.4g} were seen",
            evidence.finding.site if evidence.finding else evidence.model.fit_site,
        )  # fmt: skip


def batchnorm(evidence: Evidence) -> Iterator[Cause]:
    """Averages over one number, moving averages that lag behind or are not finite."""
    layers = [layer for layer in evidence.model.layers if layer.momentum is not None]
    lagging = evidence.symptom.evidence.get("inference_loss")
    useless = evidence.symptom.kind == "useless" and bool(layers)
    if useless and lagging is not None:
        worst = max(layers, key=lambda layer: layer.momentum or 0.0)
        steps, momentum = evidence.course.steps, worst.momentum or 0.0
        left = f"are still {100 * momentum**steps:.2g}% their first values"
        yield Cause(
            Code.BATCHNORM_STATISTICS, 0.95,
            f"after {steps} steps with momentum {momentum:g} the moving averages of {worst.name!r} {left}: "
            f"at inference the loss is {lagging:.4g}",
            architecture.activation_place(worst),
        )  # fmt: skip
        return
    single = next((layer for layer in evidence.model.layers if layer.averaged == 1), None)
    if evidence.symptom.kind == "useless" and single is not None:
        yield Cause(
            Code.BATCHNORM_STATISTICS, 0.95,
            f"{single.name!r} normalises over one number: nothing of it is left, the same for all rows",
            architecture.activation_place(single),
        )  # fmt: skip
        return
    if evidence.symptom.first_seen_in != "state":
        return
    layer = next((layer for layer in evidence.model.layers if layer.kind == "BatchNormalization"), None)
    if layer is not None:
        yield Cause(
            Code.BATCHNORM_STATISTICS, 0.8, f"the moving statistics of {layer.name!r} became non-finite",
            architecture.activation_place(layer),
        )  # fmt: skip

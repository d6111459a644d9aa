"""How a run of a fit is judged: useless, wild in its validation, lagging at inference, merely slow."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import tree

from autostable import registry
from autostable.diagnosis import plain_faults
from autostable.evidence import Course, Evidence, ModelFacts
from autostable.knowledge.optimizers import usual_rate
from autostable.records import Attempt, Cause, Code, Symptom
from autostable.training import constants, data, facts, seams
from autostable.training.audit import audit
from autostable.training.guard import Trip
from autostable.yardstick import has_fallen, still_falling

WILD = 1000.0  # a trial whose validation loss is so many times that of training, and of a constant, runs wild
GROSS = 10.0  # a trial of a sweep whose loss ends so many times above a constant's is bad however short it is
COME_DOWN = 0.9  # share of its first loss below which a training is not suspected of having learnt nothing
LEARNT = 0.5  # share of a constant's loss at which a run has learnt something, however it got there
CRAWL = 0.034  # a learning rate below this share of the optimizer's usual one explains why nothing was learnt
BEGUN_STEPS = 100  # a shorter training may only have begun (the first stage of several, say),
BEGUN = 0.25  # if it has come this share of the way from its first loss to a constant's
STILL = "nothing moves: all gradients are zero"
LEARNING_STEPS = 30  # updates after which a training is expected to beat a constant


@dataclasses.dataclass
class Run:
    """How one run of the fit ended."""

    history: Any = None
    trip: Trip | None = None
    error: Exception | None = None
    cut: bool = False
    steps: int = 0
    seconds: float = 0.0
    losses: list[float] = dataclasses.field(default_factory=list)
    norms: list[float] = dataclasses.field(default_factory=list)
    skips: int = 0


class Judge:
    """Judges the runs of one fit by labels, loss and model; of the user's it runs the model, and the loss of a run in doubt."""

    def __init__(self, model: Any, arguments: dict[str, Any], site: Any, *, sweep: bool) -> None:
        self._model = model
        self._arguments = arguments
        self._site = site
        self._sweep = sweep
        self._known_labels: Any = None

    def lagging(self, result: Run, attempt: Attempt) -> float | None:
        """The loss at inference, where averages of batch normalisation that lag behind make it far worse than in training."""
        last = attempt.loss_last
        if len(result.losses) < LEARNING_STEPS or last is None or not facts.averages_lag(self._model):
            return None
        rows, constant = data.some_rows(self._arguments), self._constant()
        if rows is None or constant is None or (last > LEARNT * constant and len(result.losses) < BEGUN_STEPS):
            return None
        found = facts.inference_loss(self._model, *rows)
        return None if found is None or found <= max(3 * last, 0.1 * constant) else found

    def _labels(self, *, pipelines: bool = True, traceless: bool = True) -> Any:
        """What is trained on, read once: a pipeline of the user's may be slow (see `data.labels_of`)."""
        if self._known_labels is None:
            self._known_labels = data.labels_of(self._arguments, pipelines=pipelines, traceless=traceless)
        return self._known_labels

    def _constant(self, *, pipelines: bool = True, traceless: bool = True) -> float | None:
        """The loss of a constant prediction of the one target; None where it is not known."""
        labels = self._labels(pipelines=pipelines, traceless=traceless)
        flat = tree.flatten(labels) if labels is not None else []
        loss = facts.model_facts(self._model).loss
        return constants.constant_loss(loss, flat[0], None) if len(flat) == 1 else None

    def has_learnt(self, last: float | None) -> bool:
        """Whether a run ends far below a constant's loss: one that starts there (from the last value) has nowhere to fall."""
        constant = self._constant(traceless=False)
        return last is not None and constant is not None and 0 < last <= LEARNT * constant

    def useless(self, result: Run, attempt: Attempt, *, own_loss: bool) -> dict[str, Any] | None:
        """Whether a finished training is no better than a constant."""
        short = len(result.losses) < LEARNING_STEPS
        if short and not self._sweep:
            return None
        # a training that has come far down is sound enough not to be changed by a look at its data
        labels = self._labels(traceless=_come_down(attempt))
        model = facts.model_facts(self._model, self._site)
        if labels is not None and not short and own_loss and (idle := self.idle_output(result, labels)) is not None:
            return idle
        if labels is None or len(tree.flatten(labels)) != 1:
            return None
        labels = tree.flatten(labels)[0]
        last = attempt.loss_last
        # a plan may have the loss computed on other labels, or another loss: it has no constant to be compared with
        constant = constants.constant_loss(model.loss, labels, None) if own_loss else None
        if own_loss and model.loss == "custom" and not short and not _come_down(attempt):
            constant = facts.loss_of_constants(self._model, labels)
        fault = self._plain_fault(model, labels, attempt)
        if fault is not None and (_meaningless(fault) or constant is None or last is None or last > 0.5 * constant):
            return {"fault": fault.evidence, **({"loss_means_nothing": True} if _meaningless(fault) else {})}
        if constant is not None and last is not None:
            extra = self._extra_losses()
            if short:
                return {"constant_loss": constant} if last - extra > GROSS * constant > 0 else None
            crawling = model.learning_rate is not None and model.learning_rate < CRAWL * usual_rate(model.optimizer)
            # a trial of a sweep is a whole training: no further stage will follow
            begun = not crawling and not self._sweep and _has_begun(result, attempt, constant)
            moving = still_falling(result.losses) and not crawling
            if _no_better(last - extra, constant, moving=moving) and not begun:
                return {"constant_loss": constant}
        if short:
            return None
        metrics = last_metrics(result.history)
        share = constants.majority_share(labels)
        accuracy = metrics.get("accuracy", metrics.get("acc"))
        if accuracy is not None and share is not None and accuracy <= share * 1.02 and share < 0.97:
            if model.loss is not None and model.loss.endswith("crossentropy") and constant is None:
                return {"accuracy": accuracy, "majority": share}
        return None

    def idle_output(self, result: Run, labels: Any = None) -> dict[str, Any] | None:
        """Which of several outputs ends no better than a constant: the sum of their losses does not show it."""
        losses, names = facts.losses(self._model), seams.output_names(self._model)
        if not losses or result.history is None:
            return None
        labels = self._labels() if labels is None else labels
        parts = seams.target_parts(self._model, labels)
        if len(parts) != len(losses):
            return None
        logs = result.history.history
        for name, loss, part in zip(names, losses, parts, strict=True):
            constant, course = constants.constant_loss(loss, part, None), logs.get(f"{name}_loss")
            if constant is None or not course:
                continue
            if _no_better(course[-1], constant, moving=still_falling(course)):
                return {"output": name, "loss_last": course[-1], "constant_loss": constant}
        return None

    def wild(self, result: Run) -> str | None:
        """Whether a trial of a sweep, which is scored by its validation, runs wild there; in words."""
        logs = getattr(result.history, "history", None) or {}
        if not self._sweep or "val_loss" not in logs or "loss" not in logs:
            return None
        constant = self._constant() or 0.0
        for epoch, (trained, validated) in enumerate(zip(logs["loss"], logs["val_loss"], strict=False)):
            if not validated <= WILD * max(abs(trained), abs(constant)):
                return f"the validation loss is {validated:.4g} in epoch {epoch + 1}, that of training {trained:.4g}"
        return None

    def _plain_fault(self, model: ModelFacts, labels: Any, attempt: Attempt) -> Cause | None:
        """A fault that labels, output layer and loss show by themselves, and that the plan in force is not for."""
        facts_of_labels = audit("y", labels)
        if facts_of_labels is None:
            return None
        steps = attempt.steps
        course = Course(steps=steps, rates=facts.scheduled_rates(self._model, steps))
        evidence = Evidence(Symptom("useless", 0), model=model, targets=(facts_of_labels,), course=course)
        treated = {code for step in attempt.plan for code in registry.remedy(step.name).cures}
        return next((cause for cause in plain_faults(evidence) if cause.code not in treated), None)

    def slowness(self, result: Run, attempt: Attempt) -> tuple[str, ...]:
        """A remark on a healthy training that has not got beyond a constant prediction yet."""
        last = attempt.loss_last
        if last is None or not result.losses:
            return ()
        constant = self._constant(pipelines=False)
        if constant is None or last <= 0.985 * constant:
            return ()
        return (f"Nothing is broken, it is merely slow: after {result.steps} steps the loss is {last:.4g}, a constant "
                f"prediction gets {constant:.4g}. More epochs, or a larger learning rate, may help.",)  # fmt: skip

    def _extra_losses(self) -> float:
        """What regularisers add to the loss now."""
        try:
            return float(sum(float(loss) for loss in self._model.losses)) if self._model.losses else 0.0
        except Exception:  # losses that exist only inside a traced call
            return 0.0


def comparable(baseline: Attempt, symptom: Symptom) -> Attempt:
    """The baseline without a yardstick where its loss means nothing (labels out of its range)."""
    return dataclasses.replace(baseline, yardstick=None) if "loss_means_nothing" in symptom.evidence else baseline


def _meaningless(fault: Cause) -> bool:
    """Whether a fault makes the loss itself worthless (labels it has no place for, an output that is always 1)."""
    return fault.code in (Code.LABELS_OUT_OF_RANGE, Code.LOSS_MISMATCH) or "one unit" in fault.evidence


def _no_better(last: float, constant: float, *, moving: bool) -> bool:
    """Whether a loss ends clearly above that of a constant prediction, or beside it where nothing moves it any more."""
    margin = 1.08 if constant > 0 else 1.0
    return last > margin * constant + 1e-9 or (last > 0.985 * constant and not moving)


def _has_begun(result: Run, attempt: Attempt, constant: float) -> bool:
    """Whether a short training is on its way below a constant's loss."""
    first, last = attempt.loss_first, attempt.loss_last
    if first is None or last is None or len(result.losses) >= BEGUN_STEPS:
        return False
    return has_fallen(result.losses) and first - last >= BEGUN * (first - constant)


def _come_down(attempt: Attempt) -> bool:
    first, last = attempt.loss_first, attempt.loss_last
    return first is not None and last is not None and 0 <= last <= COME_DOWN * first


def mild(symptom: Symptom, causes: tuple[Cause, ...]) -> bool:
    """Whether a useless training is near enough to a constant's loss, and nothing speaks loudly for a fault."""
    last, constant = symptom.evidence.get("loss_last"), symptom.evidence.get("constant_loss")
    near = last is not None and constant is not None and 0 < last <= 2 * constant
    return near and all(cause.confidence < 0.9 for cause in causes)


def stands_still(norms: Sequence[float]) -> bool:
    """Whether no gradient moves anything any more, by the norms of all gradients of each step."""
    return len(norms) > LEARNING_STEPS and all(norm == 0.0 for norm in norms[-LEARNING_STEPS:])


def last_metrics(history: Any) -> dict[str, float]:
    """The last logged value of each metric."""
    logs = getattr(history, "history", None) or {}
    return {name: float(values[-1]) for name, values in logs.items() if values and np.ndim(values[-1]) == 0}

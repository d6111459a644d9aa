"""How a run of a fit has failed, with the figures that back it."""

from __future__ import annotations

from typing import Any

from autostable.diagnosis.data import FIGURE
from autostable.judgement import levels, verdict
from autostable.judgement.verdict import Reason
from autostable.records import Symptom, SymptomKind
from autostable.repair.faults import meaningless, plain_fault
from autostable.training import facts, seams
from autostable.training.examine.judge import Judged
from autostable.training.fits.audits import Audits
from autostable.training.fits.given import Given
from autostable.training.fits.outcomes import LOST, Outcomes
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Stage
from autostable.training.judging import Run


class Symptoms:
    """Names what is wrong with the last run of a fit."""

    def __init__(self, given: Given, stage: Stage, record: Record, audits: Audits, outcomes: Outcomes) -> None:
        self._given, self._model, self._stage, self._record = given, given.model, stage, record
        self._audits, self._outcomes = audits, outcomes

    def of(self, result: Run) -> Symptom | None:
        """How a run has failed that has just ended; None where it has not."""
        first, last = self._record.attempts[-1].loss_first, self._record.attempts[-1].loss_last
        evidence: dict[str, Any] = {"loss_first": first, "loss_last": last}
        if result.trip is not None:
            epoch = self._given.epoch_of(result.trip.batch)
            return Symptom(result.trip.kind, result.trip.step, epoch, result.trip.first_seen_in, evidence)
        if result.error is not None:
            evidence["error"] = str(result.error).splitlines()[0][:300]
            place = "gradient" if seams.had_no_gradients(result.error) else "label"
            return Symptom(
                SymptomKind.ERROR, self._stage.calls, self._given.epoch_of(self._stage.calls), place, evidence
            )
        figure = self._audits.lost_figure(result)
        if figure is not None:
            name, reader, epoch = figure
            seen = {**evidence, FIGURE: name, "read_by": reader}
            return Symptom(
                SymptomKind.NONFINITE, (epoch + 1) * (self._given.steps_per_epoch() or 0), epoch, "input", seen
            )
        bounded = self._outcomes.bounded(result)
        if bounded.no:
            return Symptom(SymptomKind.DIVERGED, result.steps, self._given.epoch_of(result.steps), "loss", evidence)
        judged = self._record.last
        if result.history is not None and result.steps and not self._model.trainable_variables and not result.losses:
            evidence["judged"] = "nothing was learnt: the model has no trainable weights, all its layers are frozen"
            return Symptom(SymptomKind.USELESS, result.steps, self._given.epoch_of(result.steps), "loss", evidence)
        if judged is None or judged.healthy:
            return None
        if judged.judgement.reason is Reason.NOT_FINITE:
            return Symptom(
                SymptomKind.NONFINITE,
                result.steps,
                self._given.epoch_of(result.steps),
                "loss",
                {**evidence, "judged": LOST},
            )
        if judged.judgement.reason is Reason.NOT_BOUNDED:
            return Symptom(SymptomKind.DIVERGED, result.steps, self._given.epoch_of(result.steps), "loss", evidence)
        evidence |= self._seen(judged, result)
        return Symptom(SymptomKind.USELESS, result.steps, self._given.epoch_of(result.steps), "loss", evidence)

    def _seen(self, judged: Judged, result: Run) -> dict[str, Any]:
        """Figures that back the symptom of a training that learnt too little."""
        found: dict[str, Any] = {"judged": verdict.words(judged.judgement.reason)}
        record, last = judged.learning, self._record.attempts[-1].loss_last
        if record is None:
            return found
        if record.constant is not None:
            found["constant_loss"] = record.constant
        if record.figure is not None and record.value is not None:
            found[record.figure] = record.value
        names = seams.output_names(self._model)
        if len(judged.statements) > 1 and record.output < len(names):
            found["output"] = names[record.output]
        found |= judged.of_the_loss
        found |= self._as_used(result, record.loss, record.constant, last)
        audited = self._audits.audited(result)
        fault = None if audited is None else plain_fault(audited, ())
        if fault is not None:
            found["fault"] = fault.evidence
            if meaningless(fault):
                found["loss_means_nothing"] = True
        return found

    def _as_used(self, result: Run, used: float | None, constant: float | None, last: float | None) -> dict[str, Any]:
        """Figures of averages that lag or waver, and make the model, as it is used, worse than its training shows."""
        if used is None or last is None or constant is None or used - last <= levels.DELTA * abs(constant):
            return {}
        off = {"inference_loss": used, "loss_means_nothing": True}
        if facts.averaged_weights_lag(self._model):
            return {**off, "averaged_weights": True}
        if facts.averages_lag(self._model):
            return off
        batches = self._outcomes.averages_waver(result)
        return {} if batches is None else {**off, "averages_of": batches}

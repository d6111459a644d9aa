"""One `fit` under watch: baseline, diagnosis, probes by rewinding, the full run of the winner in place."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from autostable import registry
from autostable.diagnosis import diagnose, warnings
from autostable.diagnosis.data import FIGURE, constant_columns
from autostable.evidence import Evidence, Finding
from autostable.judgement.verdict import Reason
from autostable.records import Cause, Code, Plan, Symptom, SymptomKind, Verdict
from autostable.repair.bench import Bench, Result
from autostable.repair.faults import unable
from autostable.repair.ladders import starts_anew
from autostable.setup import Setup
from autostable.training import data, facts, half, own_fault, seams
from autostable.training.early import Early, TakenOver, looked_at
from autostable.training.examine.judge import Judge, Judged
from autostable.training.fits.at_rest import AtRest
from autostable.training.fits.audits import Audits
from autostable.training.fits.batches import Batches
from autostable.training.fits.described import Described
from autostable.training.fits.gathering import Gathering
from autostable.training.fits.given import Given
from autostable.training.fits.handover import Handover
from autostable.training.fits.in_flight import InFlight
from autostable.training.fits.locating import Locating
from autostable.training.fits.outcomes import Outcomes
from autostable.training.fits.raised import ended_by_caller, is_ours
from autostable.training.fits.record import Record
from autostable.training.fits.replays import Replays
from autostable.training.fits.runs import Runs
from autostable.training.fits.searching import Searching
from autostable.training.fits.so_far import SoFar
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.fits.steps import Steps
from autostable.training.fits.symptoms import Symptoms
from autostable.training.fits.telling import Telling, idle_inputs, said
from autostable.training.fits.twins import Twins
from autostable.training.fits.without_us import WITHOUT_US, WithoutUs
from autostable.training.guard import Guard
from autostable.training.install import Installation
from autostable.training.judging import Run, slow
from autostable.training.parties import Parties
from autostable.training.pipelines import Pipeline
from autostable.training.read_ahead import can_be_held
from autostable.training.replay.shapes import mixed_up
from autostable.training.session import ProbeDone, Refused, Session
from autostable.training.suspended import Standing

EMPTY = "A fit was given no batch at all: nothing was trained."
ENDED = "A training was ended by its caller (a search that wants no more of it): what it has learnt was not judged."
VALUE_ALONE = (
    "The value of the loss is not finite, so it was not read: gradients and weights are sound, and the training went on to its "
    "end. What it has learnt could not be judged by it."
)
# symptoms whose line the replay of a step finds
_LOCATED = (SymptomKind.NONFINITE, SymptomKind.DIVERGED, SymptomKind.STALLED, SymptomKind.ERROR)
_REFUSED = (Code.LABELS_OUT_OF_RANGE, Code.LOSS_MISMATCH)


class FitTraining:
    """Conducts one call of `fit`: what is done when, by the parts that do it (see `fits`)."""

    def __init__(
        self, session: Session, model: Any, original: Callable[..., Any], given: inspect.BoundArguments,
        *, host: Session | None = None,
    ) -> None:  # fmt: skip
        self._session, self._orders = session, session.orders
        self._host = host = host or session  # the one that the hooks look at
        self.model = model
        self.number = session.next_number()
        self.guard: Guard = host.guard_of(model)
        guard, parties, memory = self.guard, Parties(), session.memory_of(self.number)
        # how it began, and the run at hand
        self._installation = installation = Installation(model, guard)
        self._given = fit = Given(model, original, given)
        self._record = record = Record()
        self._stage = stage = Stage(fit, guard, host)
        self._start = start = Start(fit, guard, installation, stage)
        # what can be asked of the model, of its steps and of its data
        patient = AtRest(fit, guard, stage, start)
        self._judge = judge = Judge(
            patient, fit.arguments, own_step=seams.uses_own_train_step(model), by_row=facts.loss_averages_rows(model),
            always=session.orders.sweep, classifies=lambda output: facts.classifies(model, output),
            kept=lambda: fit.kept.latest, peers=session.peers, reading=start.as_first_read,
        )  # fmt: skip
        described = Described(fit, patient)
        batches = Batches(fit, stage, start)
        replays = Replays(fit, stage, start, record, session.orders.capsule)
        self._locating = locating = Locating(fit, stage, start, record, batches, replays, patient, judge)
        self._audits = audits = Audits(fit, start, judge, described, session.audits)
        # what a run came to, and why
        twins = Twins(fit, guard, stage, start, record)
        outcomes = Outcomes(
            fit, guard, parties, stage, record, judge, audits, twins, lambda each: start.variables.first(each),
            only_finite=session.orders.goal == "finite",
        )  # fmt: skip
        self._symptoms = Symptoms(fit, stage, record, audits, outcomes)
        self._gathering = Gathering(
            fit, stage, start, record, batches=batches, replays=replays, locating=locating, patient=patient, judge=judge,
            described=described, audits=audits, outcomes=outcomes,
        )  # fmt: skip
        # runs, and what is told of them
        self._in_flight = in_flight = InFlight(
            fit, guard, stage, start, record, installation=installation, replays=replays, described=described,
            orders=session.orders, number=self.number, healed=session.healed,
        )  # fmt: skip
        self._telling = telling = Telling(session, self.number, fit, guard, stage, start, record, in_flight)
        self._runs = runs = Runs(
            session, fit, guard, stage, start, record, host=host, installation=installation, in_flight=in_flight,
            outcomes=outcomes, locating=locating, telling=telling, memory=memory,
        )  # fmt: skip
        self._searching = Searching(session, fit, stage, record)
        so_far = SoFar(
            fit, guard, stage, record, patient=patient, judge=judge, audits=audits, outcomes=outcomes, memory=memory
        )
        self._without_us = WithoutUs(session, fit, stage, start)
        self._handover = Handover(stage, start, record, installation, in_flight, so_far, runs, self._taken_over)
        stage.seen = Steps(fit, guard, parties, stage, start, record, in_flight, host=host, goes_on=telling.goes_on)

    # -- the course of events ----------------------------------------------------------------

    def conduct(self) -> Any:
        """Run the fit; returns its History. Tells the session what happened."""
        try:
            return self._conducted()
        finally:
            self._telling.ended()

    def _conducted(self) -> Any:
        plan = self._orders.plans.get(str(self.number), ())
        self._check(plan)
        capsule = self._orders.capsule
        aside = None if capsule is None else Path(capsule).parent / "set-aside" / f"training-{self.number}"
        self._start.remember(self._given.callbacks if self._orders.repair else (), aside)
        probe = self._orders.probe_of(self.number) if plan else None
        kind = "probe" if probe is not None else "full" if plan else "baseline"
        # only what can be rewound may be spoilt, and a `Guard`'s model is left as it stood
        own = self._host is self._session
        undone = not self._given.one_shot and own and not plan and not tf.distribute.has_strategy()
        self._start.withhold(not (undone and facts.rounds_otherwise_if_read(self.model)))
        self._stage.early = None if plan else self._looked_at_early()
        try:
            baseline = self._runs.run(registry.setup_of(plan), kind=kind, plan=plan, limit=probe)
        except TakenOver:
            return self._record.history
        if baseline.cut:
            self._session.keep(self._telling.story(Verdict.REPAIRED, plan=plan, full=baseline.steps))
            raise ProbeDone
        if ended_by_caller(baseline.error) and baseline.trip is None:
            self._session.keep(self._telling.story(Verdict.HEALTHY, notes=(ENDED,), full=baseline.steps))
            assert baseline.error is not None
            raise baseline.error
        if baseline.error is not None and not (is_ours(baseline.error) or ended_by_caller(baseline.error)):
            self._session.keep(self._telling.story(Verdict.FAILED, full=baseline.steps))
            raise baseline.error
        if baseline.history is not None and baseline.steps == 0 and not baseline.skips:
            self._session.keep(self._telling.story(Verdict.UNWATCHED, notes=(EMPTY,), full=0))
            return baseline.history
        ended = None if baseline.history is None else Standing(self._start, baseline.history)
        try:
            result = self._judge_and_repair(baseline, plan, ended)
        except Exception as error:
            if error in (baseline.error, self._session.verdict, self._record.ended_by):
                raise
            result = self._stood_aside(error, baseline, ended)
        if not self._record.unmended:
            return result
        self._telling.ended()
        return self._without_us.conducted()

    def _check(self, plan: Plan) -> None:
        """That a plan from elsewhere is for such data.

        Raises:
            Refused: If it is not.
        """
        widths = data.widths(self._given.arguments["x"]) if plan and self._orders.strict else None
        why = "" if widths is None else registry.setup_of(plan).misfit(widths)
        if why:
            where = "" if self._given.site is None else f" at {self._given.site.file}:{self._given.site.line}"
            raise Refused(f"the plan for training {self.number + 1} of the script{where} does not fit its data: {why}")

    def _stood_aside(self, error: Exception, baseline: Run, ended: Standing | None) -> Any:
        """A fault of autostable's own must not cost the user a training: leave it as it went without us."""
        own_fault.noted(error, "autostable failed while looking into a training")
        note = f"autostable itself failed while looking into this training ({type(error).__name__}: {error})."
        self._installation.take_off()
        self._restore_end(ended)
        if ended is None:
            notes = self._unmended((note,))
            self._session.tell(self._telling.story(Verdict.UNREPAIRED, notes=notes, full=baseline.steps))
        else:
            self._session.keep(self._telling.story(Verdict.HEALTHY, notes=(note,), full=baseline.steps))
        return baseline.history or self.model.history

    def _judge_and_repair(self, baseline: Run, plan: Plan, ended: Standing | None) -> Any:
        if baseline.trip is not None:
            baseline.trip = self._locating.pinned(baseline.trip)
        if not plan and ended is not None and self._record.last is not None:
            reason = self._further_reason(baseline, ended, self._record.last)
            if reason is not None:
                self._record.last = self._record.baseline = self._record.last.decided_by(reason)
        symptom = self._symptoms.of(baseline)
        if symptom is None:
            return self._healthy(baseline, symptom, plan)
        self._telling.seen(symptom)
        known = symptom.without_gradients or (
            symptom.kind == SymptomKind.ERROR and seams.has_compiled_loss(self.model)  # the loss refused its labels
        )
        of_validation = FIGURE in symptom.evidence
        located = symptom.kind in _LOCATED and not known and not of_validation
        finding = self._locating.found_in(baseline) if located else None
        evidence = self._gathering.with_last_step(symptom, finding, baseline)
        finding, causes = evidence.finding, diagnose(evidence)
        misfit = isinstance(baseline.error, ValueError)  # of shapes: only what is wrong with labels or loss explains it
        suits = (Code.VANISHING_GRADIENT, Code.LOSS_MISMATCH) if symptom.without_gradients else _REFUSED
        explained = [cause for cause in causes if cause.code in suits] if misfit else causes
        if symptom.kind == SymptomKind.ERROR and not explained:
            self._session.keep(self._telling.story(Verdict.FAILED, full=baseline.steps))
            assert baseline.error is not None
            raise baseline.error
        return self._repair(baseline, symptom, finding, evidence, causes, ended)

    def _further_reason(self, baseline: Run, ended: Standing, judged: Judged) -> Reason | None:
        """What decides beside what was learnt, and takes a look at the network or at its step."""
        if self._could_find_nothing(baseline, ended):
            return Reason.FAULT
        own = seams.uses_own_train_step(self.model) and not self._given.one_shot
        if not (own and judged.knows_better and self._orders.repair) or self._symptoms.of(baseline) is not None:
            return None
        last = self._locating.last_step(baseline)
        if last is not None and mixed_up(last) is not None:
            return Reason.BLIND_LOSS
        self._restore_end(ended)
        return None

    def _could_find_nothing(self, baseline: Run, ended: Standing) -> bool:
        """Whether nothing was found in the inputs, by a network of which what is seen says that it can find nothing."""
        judged, orders = self._record.last, self._orders
        if judged is None or judged.judgement.reason is not Reason.NOTHING_TO_FIND or self._given.one_shot:
            return False
        if not orders.repair or orders.heals or self._symptoms.of(baseline) is not None:
            return False
        useless = Symptom(SymptomKind.USELESS, baseline.steps, None, "loss", {})
        found = unable(diagnose(self._gathering.gathered(useless, None, baseline)))
        if not found:
            self._restore_end(ended)
        return found

    def _healthy(self, baseline: Run, symptom: Symptom | None, plan: Plan, *,
                 warnings_: tuple[Cause, ...] = (), notes: tuple[str, ...] = ()) -> Any:  # fmt: skip
        healer = self._in_flight.healer
        notes = (*notes, *(() if healer is None else healer.remarks()))
        if healer is not None and healer.interventions and baseline.history is not None:
            return self._telling.healed(healer, baseline, notes or said(self._record.last))
        verdict = Verdict.REPAIRED if plan else Verdict.HEALTHY
        notes = notes or said(self._record.last)
        evidence = self._audited(baseline) if not plan else None
        if evidence is not None:
            told = {cause.code for cause in warnings_}
            warnings_ = (*warnings_, *(cause for cause in warnings(evidence) if cause.code not in told))
            idle = idle_inputs(self._judge, self._record.last, baseline, evidence)
            notes = (*notes, *constant_columns(evidence), *idle)
        fields = dict(plan=plan, warnings=warnings_, notes=notes, full=baseline.steps, symptom=symptom)
        self._session.keep(self._telling.story(verdict, **fields))
        self._record.history = baseline.history
        return baseline.history

    def _audited(self, baseline: Run) -> Evidence | None:
        """What was trained and validated on; with the lines of arguments where there is something to tell."""
        evidence = self._audits.audited(baseline)
        if evidence is None:
            return None
        with self._session.audits.spending():
            validation = self._audits.validated(self._judge.unseen)
        evidence = dataclasses.replace(evidence, validation=validation)
        read = self._audits.audited(baseline, lines=True) if warnings(evidence) else None
        return evidence if read is None else dataclasses.replace(read, validation=validation)

    def _repair(self, baseline: Run, symptom: Symptom, finding: Finding | None, evidence: Evidence,
                causes: tuple[Cause, ...], ended: Standing | None) -> Any:  # fmt: skip
        orders = self._orders
        common = dict(symptom=symptom, finding=finding, causes=causes, evidence=evidence, full=self._record.full or 0)
        rewindable = not self._given.one_shot and not half.keeps_weights(self.model)
        suspect = self._record.suspect
        # on a suspicion a training that is to be gone on with is not started over
        left = not (orders.repair and rewindable) or orders.heals
        left = left or slow(self._record.baseline, baseline.losses, causes)
        if symptom.kind == SymptomKind.USELESS and suspect and left:
            self._restore_end(ended)  # only a plan could show that it is sick
            return self._healthy(baseline, None, (), warnings_=causes, notes=said(self._record.baseline))
        of_value = rewindable and finding is not None and finding.value_alone
        if of_value and not orders.repair and (went_on := self._let_train(causes)) is not None:
            return went_on
        known = bool(orders.plans.get(str(self.number)))
        anew = not (known or suspect) and self._starts_anew(causes, evidence)
        if not orders.repair or not rewindable or known or anew:
            fresh = orders.repair and (not rewindable or anew)
            asks = dict(asks_fresh=fresh, in_script=fresh and rewindable)
            self._session.tell(self._telling.story(Verdict.UNREPAIRED, **asks, **common))
            self._restore_end(ended)
            if baseline.error is not None and ended_by_caller(baseline.error):
                raise baseline.error
            return baseline.history or self.model.history
        result = self._searching.searched(self._runs, symptom, causes, evidence)
        if result.plan is None:
            self._installation.take_off()
            if of_value and (went_on := self._let_train(causes)) is not None:
                return went_on
            tried = result.attempts or self._stage.tried_early
            notes: tuple[str, ...] = () if tried else ("No remedy applies: only the owner can decide.",)
            if suspect and ended is not None:
                self._restore_end(ended)
                notes = (*said(self._record.baseline), "No remedy that was tried changed that; it was left as it was.")
                return self._healthy(baseline, None, (), warnings_=causes, notes=notes)
            if ended is not None:
                self._restore_end(ended)
                self._record.history = baseline.history
            if ended is None:
                self._session.tell(self._telling.unrepaired(self._unmended(notes), common))
            elif self._session.lost is not None:  # a trial is lost, be it seen at once or only when it had ended
                self._session.tell(self._telling.unrepaired(notes, common))
            else:  # it ran to its end: the program goes on with what its own training gave
                self._session.keep(self._telling.unrepaired(notes, common))
            return self._record.history
        self._telling.repaired(result, common)
        if self._record.ended_by is not None:  # the plan held as far as it went
            raise self._record.ended_by
        return self._record.history

    def _starts_anew(self, causes: tuple[Cause, ...], evidence: Evidence) -> bool:
        """Whether the script is to be mended, by runs of it; a training that is to be gone on with is not started over."""
        orders = self._orders
        if not orders.reruns or orders.heals:
            return False
        return starts_anew(causes, evidence, select=orders.select, ignore=orders.ignore)

    def _unmended(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        """The fit was stopped, and nothing cures it: where the program goes on, so is the fit to, and its notes say so."""
        rewindable = not self._given.one_shot and not half.keeps_weights(self.model)
        self._record.unmended = self._session.goes_on and rewindable
        return (*notes, WITHOUT_US) if self._record.unmended else notes

    def _let_train(self, causes: tuple[Cause, ...]) -> Any:
        """The training as it is, to its end: only the value of its loss is at fault. None where that was not all."""
        self.guard.reads_loss = False
        self._start.rewind(Setup())
        seams.trainer_function_is_stale(self.model)
        result = self._runs.run(Setup(), kind="full", plan=())
        if result.history is None:
            return None
        return self._healthy(result, None, (), warnings_=causes, notes=(VALUE_ALONE,))

    # -- looked at early (see `early`) -------------------------------------------------------

    def _looked_at_early(self) -> Early | None:
        """The look that is to be taken at this fit before its end; None where it could not go on as if nobody had looked."""
        orders, x = self._orders, self._given.arguments["x"]
        at = looked_at(self._given.steps())
        asked = orders.repair and not orders.sweep and orders.goal != "finite" and self._host is self._session
        if at is None or not asked or tf.distribute.has_strategy() or half.keeps_weights(self.model):
            return None
        copied = isinstance(x, tf.data.Dataset) and Pipeline(x).again() is not None
        return Early(self._handover, at) if copied or data.in_memory(x) or can_be_held(x) else None

    def _taken_over(self, bench: Bench, result: Run) -> Result:
        """Look for a plan that takes the place of the run at hand, and tell of it."""
        symptom = self._symptoms.of(result)
        if symptom is None:
            return Result(None, [])
        self._telling.seen(symptom)
        evidence = self._gathering.with_last_step(symptom, None, result)
        causes = diagnose(evidence)
        found = self._searching.searched(bench, symptom, causes, evidence)
        if found.plan is not None:
            common = dict(symptom=symptom, finding=evidence.finding, causes=causes, evidence=evidence)
            self._telling.repaired(found, common)
        return found

    @staticmethod
    def _restore_end(ended: Standing | None) -> None:
        if ended is not None:
            ended.restore()

"""One `fit` under watch: baseline, diagnosis, probes by rewinding, the full run of the winner in place."""

from __future__ import annotations

import dataclasses
import inspect
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable import frames, registry
from autostable.diagnosis import diagnose, warnings
from autostable.diagnosis.data import FIGURE, constant_columns
from autostable.doing import LOCATING, Doing, named, seen_words
from autostable.evidence import (
    Course,
    Disturbance,
    EntryFacts,
    Evidence,
    Finding,
)  # fmt: skip
from autostable.judgement import course, dummy, verdict
from autostable.judgement.statements import Statement
from autostable.judgement.verdict import Reason
from autostable.records import Attempt, Cause, Code, Plan, Symptom, Verdict
from autostable.repair import proof
from autostable.repair.bench import Bench, Result
from autostable.repair.faults import plain_fault, unable
from autostable.repair.search import search
from autostable.setup import Setup
from autostable.story import Story, stretches, thin
from autostable.training import created, data, facts, half, seams
from autostable.training.early import Early, TakenOver, looked_at
from autostable.training.examine import closing, learning
from autostable.training.examine.disturbed import disturbed
from autostable.training.examine.entries import entries
from autostable.training.examine.gates import with_gates
from autostable.training.examine.judge import Judge, Judged, RunFacts
from autostable.training.examine.kept import rows_in
from autostable.training.examine.last_step import seen_in
from autostable.training.fits.at_rest import AtRest
from autostable.training.fits.audits import Audits
from autostable.training.fits.batches import Batches
from autostable.training.fits.described import Described
from autostable.training.fits.given import Given
from autostable.training.fits.in_flight import InFlight
from autostable.training.fits.locating import Locating
from autostable.training.fits.outcomes import Outcomes
from autostable.training.fits.raised import is_ours
from autostable.training.fits.record import Record
from autostable.training.fits.replays import Replays
from autostable.training.fits.stage import Enough, Stage
from autostable.training.fits.start import Start
from autostable.training.fits.steps import Steps
from autostable.training.fits.symptoms import Symptoms
from autostable.training.fits.twins import Twins
from autostable.training.guard import Guard, Tripped
from autostable.training.healing import Healer
from autostable.training.install import Installation
from autostable.training.judging import Run, last_metrics, slow, stands_still
from autostable.training.parties import Parties
from autostable.training.pipelines import Pipeline
from autostable.training.replay import aims
from autostable.training.replay.finding import absorbed
from autostable.training.session import ProbeDone, Refused, Session
from autostable.training.suspended import Standing

EMPTY = "A fit was given no batch at all: nothing was trained."
SWEEP_STEPS = 400  # allowed to the repair of a trial on top of its budget: its kin will learn from it
FIRST_ROWS = 64  # that outputs are compared of
FEW_STEPS = 100  # allowed to every repair: twenty-four steps, say, times any budget are over before much is tried
VALUE_ALONE = (
    "The value of the loss is not finite, so it was not read: gradients and weights are sound, and the training went on to its "
    "end. What it has learnt could not be judged by it."
)
_LOCATED = ("nonfinite", "diverged", "stalled", "error")  # symptoms whose line the replay of a step finds
_REFUSED = (Code.LABELS_OUT_OF_RANGE, Code.LOSS_MISMATCH)
_log = logging.getLogger("autostable")


class FitTraining:
    """Conducts one call of `fit`; is itself the bench on which plans are attempted."""

    def __init__(
        self, session: Session, model: Any, original: Callable[..., Any], given: inspect.BoundArguments,
        *, host: Session | None = None,
    ) -> None:  # fmt: skip
        self._session = session
        self._host = host or session  # the one that the hooks look at
        self.model = model
        self.number = session.next_number()
        self.guard: Guard = self._host.guard_of(model)
        self.parties = Parties()
        self._installation = Installation(model, self.guard)
        self._given = Given(model, original, given)
        self._record = Record()
        self._stage = Stage(self._given, self.guard, self._host)
        self._start = Start(self._given, self.guard, self._installation, self._stage)
        self._patient = AtRest(self._given, self.guard, self._stage, self._start)
        self._judge = Judge(
            self._patient, self._given.arguments, own_step=seams.uses_own_train_step(model),
            by_row=facts.loss_averages_rows(model), always=session.orders.sweep,
            classifies=lambda output: facts.classifies(model, output), kept=lambda: self._given.kept.latest,
            peers=session.peers, reading=self._start.as_first_read,
        )  # fmt: skip
        self._described = Described(self._given, self._patient)
        self._batches = Batches(self._given, self._stage, self._start)
        self._replays = Replays(self._given, self._stage, self._start, self._record, session.orders.capsule)
        self._locating = Locating(
            self._given, self._stage, self._start, self._record, self._batches, self._replays, self._patient, self._judge,
        )  # fmt: skip
        self._in_flight = InFlight(
            self._given, self.guard, self._stage, self._start, self._record, installation=self._installation,
            replays=self._replays, described=self._described, orders=session.orders, number=self.number, healed=session.healed,
        )  # fmt: skip
        self._stage.seen = Steps(
            self._given, self.guard, self.parties, self._stage, self._start, self._record, self._in_flight, host=self._host,
            goes_on=lambda: self._tell_run("baseline", (), None),
        )  # fmt: skip
        self._audits = Audits(self._given, self._start, self._judge, self._described, session.audits)
        self._outcomes = Outcomes(
            self._given, self.guard, self.parties, self._stage, self._record, self._judge, self._audits,
            Twins(self._given, self.guard, self._stage, self._start, self._record), only_finite=session.orders.goal == "finite",
        )  # fmt: skip
        self._symptoms = Symptoms(self._given, self._stage, self._record, self._audits, self._outcomes)
        self._started = time.monotonic()
        self._memory = session.memory_of(self.number)
        self._run_began = 0.0
        self._went_wrong = ""  # what went wrong, in a few words

    @property
    def attempts(self) -> list[Attempt]:
        """What was run so far."""
        return self._record.attempts

    @property
    def fit(self) -> Start:
        """What stands still while other runs are made."""
        return self._start

    # -- the course of events ----------------------------------------------------------------

    def conduct(self) -> Any:
        """Run the fit; returns its History. Tells the session what happened."""
        try:
            return self._conducted()
        finally:
            if self._went_wrong:  # what the program prints from now on is the user's to see
                self._session.does(lambda: Doing("baseline", seen=self._went_wrong))

    def _conducted(self) -> Any:
        plan = self._session.orders.plans.get(str(self.number), ())
        self._check(plan)
        capsule = self._session.orders.capsule
        aside = None if capsule is None else Path(capsule).parent / "set-aside" / f"training-{self.number}"
        self._start.remember(self._given.callbacks if self._session.orders.repair else (), aside)
        probe = self._session.orders.probe_of(self.number) if plan else None
        kind = "probe" if probe is not None else "full" if plan else "baseline"
        # only what can be rewound may be spoilt, and a `Guard`'s model is left as it stood
        undone = (
            not self._given.one_shot and self._host is self._session and not plan and not tf.distribute.has_strategy()
        )
        self._start.withhold(not (undone and facts.rounds_otherwise_if_read(self.model)))
        self._stage.early = None if plan else self._looked_at_early()
        try:
            baseline = self._run(registry.setup_of(plan), kind=kind, plan=plan, limit=probe)
        except TakenOver:
            return self._record.history
        if baseline.cut:
            self._session.keep(self._story(Verdict.REPAIRED, plan=plan, full=baseline.steps))
            raise ProbeDone
        if baseline.error is not None and not is_ours(baseline.error):
            self._session.keep(self._story(Verdict.FAILED, full=baseline.steps))
            raise baseline.error
        if baseline.history is not None and baseline.steps == 0 and not baseline.skips:
            self._session.keep(self._story(Verdict.UNWATCHED, notes=(EMPTY,), full=0))
            return baseline.history
        ended = None if baseline.history is None else Standing(self._start, baseline.history)
        try:
            return self._judge_and_repair(baseline, plan, ended)
        except Exception as error:
            if error is baseline.error or error is self._session.verdict:
                raise
            return self._stood_aside(error, baseline, ended)

    def _check(self, plan: Plan) -> None:
        """That a plan from elsewhere is for such data.

        Raises:
            Refused: If it is not.
        """
        widths = data.widths(self._given.arguments["x"]) if plan and self._session.orders.strict else None
        why = "" if widths is None else registry.setup_of(plan).misfit(widths)
        if why:
            where = "" if self._given.site is None else f" at {self._given.site.file}:{self._given.site.line}"
            raise Refused(f"the plan for training {self.number + 1} of the script{where} does not fit its data: {why}")

    def _stood_aside(self, error: Exception, baseline: Run, ended: Standing | None) -> Any:
        """A fault of autostable's own must not cost the user a training: leave it as it went without us."""
        _log.debug("autostable failed while looking into a training", exc_info=error)
        if os.environ.get("AUTOSTABLE_INTERNAL_RAISE"):
            raise error
        note = f"autostable itself failed while looking into this training ({type(error).__name__}: {error})."
        self._installation.take_off()
        self._restore_end(ended)
        if ended is None:
            self._session.tell(self._story(Verdict.UNREPAIRED, notes=(note,), full=baseline.steps))
        else:
            self._session.keep(self._story(Verdict.HEALTHY, notes=(note,), full=baseline.steps))
        return baseline.history or self.model.history

    def _judge_and_repair(self, baseline: Run, plan: Plan, ended: Standing | None) -> Any:
        if baseline.trip is not None:
            baseline.trip = self._locating.pinned(baseline.trip)
        if not plan and ended is not None and self._could_find_nothing(baseline, ended):
            assert self._record.last is not None
            self._record.last = self._record.baseline = self._record.last.at_fault()
        symptom = self._symptoms.of(baseline)
        if symptom is None:
            return self._healthy(baseline, symptom, plan)
        self._tell_seen(symptom)
        known = symptom.without_gradients or (
            symptom.kind == "error" and seams.has_compiled_loss(self.model)  # the loss refused its labels
        )
        of_validation = FIGURE in symptom.evidence
        located = symptom.kind in _LOCATED and not known and not of_validation
        finding = self._locating.found_in(baseline) if located else None
        evidence = self._evidence_of(symptom, finding, baseline)
        finding, causes = evidence.finding, diagnose(evidence)
        misfit = isinstance(baseline.error, ValueError)  # of shapes: only what is wrong with labels or loss explains it
        suits = (Code.VANISHING_GRADIENT, Code.LOSS_MISMATCH) if symptom.without_gradients else _REFUSED
        explained = [cause for cause in causes if cause.code in suits] if misfit else causes
        if symptom.kind == "error" and not explained:
            self._session.keep(self._story(Verdict.FAILED, full=baseline.steps))
            assert baseline.error is not None
            raise baseline.error
        return self._repair(baseline, symptom, finding, evidence, causes, ended)

    def _could_find_nothing(self, baseline: Run, ended: Standing) -> bool:
        """Whether nothing was found in the inputs, by a network of which what is seen says that it can find nothing."""
        judged, orders = self._record.last, self._session.orders
        if judged is None or judged.judgement.reason is not Reason.NOTHING_TO_FIND or self._given.one_shot:
            return False
        if not orders.repair or orders.heals or self._symptoms.of(baseline) is not None:
            return False
        found = unable(diagnose(self._evidence(Symptom("useless", baseline.steps, None, "loss", {}), None, baseline)))
        if not found:
            self._restore_end(ended)
        return found

    def _tell_seen(self, symptom: Symptom) -> None:
        """Something went wrong: until something is trained again, its cause is looked for."""
        seen = self._went_wrong = seen_words(symptom)
        self._session.does(lambda: Doing(LOCATING, seen=seen, shown=False))

    def _tell_run(self, kind: str, plan: Plan, limit: int | None) -> None:
        """A run begins."""
        names, seen, whole = named(plan), self._went_wrong, self._in_flight.full_steps()
        steps = whole if limit is None else min(limit, whole or limit)

        def doing() -> Doing:
            losses = self.guard.losses
            loss = float(losses[-1]) if losses else None
            return Doing(kind, names, self._stage.calls, steps, loss, seen, shown=kind != "probe")

        self._session.does(doing)

    def _evidence_of(self, symptom: Symptom, finding: Finding | None, baseline: Run) -> Evidence:
        """The evidence, with what only the last step of a training that is finite shows."""
        last = self._locating.last_step(baseline) if symptom.kind == "useless" or symptom.without_gradients else None
        if last is not None and facts.in_half(self.model):
            finding = absorbed(last)
        shown = seen_in(last)
        return self._with_own_loss(dataclasses.replace(self._evidence(symptom, finding, baseline), **shown))

    def _healthy(self, baseline: Run, symptom: Symptom | None, plan: Plan, *,
                 warnings_: tuple[Cause, ...] = (), notes: tuple[str, ...] = ()) -> Any:  # fmt: skip
        notes = (*notes, *self._in_flight.remarks())
        if self._in_flight.healer is not None and self._in_flight.healer.interventions and baseline.history is not None:
            return self._tell_healed(self._in_flight.healer, baseline, notes or self._said())
        verdict = Verdict.REPAIRED if plan else Verdict.HEALTHY
        notes = notes or self._said()
        evidence = self._audits.audited(baseline) if not plan else None
        if evidence is not None:
            with self._session.audits.spending():
                evidence = dataclasses.replace(evidence, validation=self._audits.validated(self._judge.unseen))
            told = {cause.code for cause in warnings_}
            warnings_ = (*warnings_, *(cause for cause in warnings(evidence) if cause.code not in told))
            notes = (*notes, *constant_columns(evidence), *self._idle_inputs(baseline, evidence))
        self._session.keep(
            self._story(verdict, plan=plan, warnings=warnings_, notes=notes, full=baseline.steps, symptom=symptom)
        )
        self._record.history = baseline.history
        return baseline.history

    def _repair(self, baseline: Run, symptom: Symptom, finding: Finding | None, evidence: Evidence,
                causes: tuple[Cause, ...], ended: Standing | None) -> Any:  # fmt: skip
        orders = self._session.orders
        common = dict(symptom=symptom, finding=finding, causes=causes, evidence=evidence, full=self._record.full or 0)
        rewindable = not self._given.one_shot and not half.keeps_weights(self.model)
        suspect = self._record.suspect
        # on a suspicion a training that is to be gone on with is not started over
        left = (
            not (orders.repair and rewindable) or orders.heals or slow(self._record.baseline, baseline.losses, causes)
        )
        if symptom.kind == "useless" and suspect and left:
            self._restore_end(ended)  # only a plan could show that it is sick
            return self._healthy(baseline, None, (), warnings_=causes, notes=self._said(self._record.baseline))
        of_value = rewindable and finding is not None and finding.value_alone
        if of_value and not orders.repair and (went_on := self._let_train(causes)) is not None:
            return went_on
        if not orders.repair or not rewindable or self._session.orders.plans.get(str(self.number)):
            fresh = orders.repair and not rewindable
            self._session.tell(self._story(Verdict.UNREPAIRED, asks_fresh=fresh, **common))
            self._restore_end(ended)
            return baseline.history or self.model.history
        result = self._searched(self, symptom, causes, evidence)
        if result.plan is None:
            self._installation.take_off()
            if of_value and (went_on := self._let_train(causes)) is not None:
                return went_on
            notes = () if result.attempts else ("No remedy applies: only the owner can decide.",)
            if suspect and ended is not None:
                self._restore_end(ended)
                said = (
                    *self._said(self._record.baseline),
                    "No remedy that was tried changed that; it was left as it was.",
                )
                return self._healthy(baseline, None, (), warnings_=causes, notes=said)
            if ended is not None:
                self._restore_end(ended)
                self._record.history = baseline.history
            story = self._story(Verdict.UNREPAIRED, notes=notes, **common)
            if ended is None or self._session.lost is not None:
                self._session.tell(story)  # a trial is lost, be it seen at once or only when it had ended
            else:  # it ran to its end: the program goes on with what its own training gave
                self._session.keep(story)
            return self._record.history
        self._tell_repaired(result, common)
        return self._record.history

    def _tell_healed(self, healer: Healer, baseline: Run, notes: tuple[str, ...]) -> Any:
        """Tell of a training that failed in its middle, was gone on with, and came to a sound end."""
        for listener in self._session.on_repaired if healer.plan else ():
            listener(self.model, healer.plan)
        self._record.history = baseline.history
        story = self._story(Verdict.REPAIRED, notes=notes, full=baseline.steps)
        self._session.keep(healer.told_by(story))
        return baseline.history

    def _let_train(self, causes: tuple[Cause, ...]) -> Any:
        """The training as it is, to its end: only the value of its loss is at fault. None where that was not all."""
        self.guard.reads_loss = False
        self._start.rewind(Setup())
        seams.trainer_function_is_stale(self.model)
        result = self._run(Setup(), kind="full", plan=())
        if result.history is None:
            return None
        return self._healthy(result, None, (), warnings_=causes, notes=(VALUE_ALONE,))

    def _searched(self, bench: Bench, symptom: Symptom, causes: tuple[Cause, ...], evidence: Evidence) -> Result:
        tried = self._stage.tried_early
        orders = self._session.orders
        orders = dataclasses.replace(orders, attempts=max(1, orders.attempts - len(tried)))
        spent = sum(attempt.steps for attempt in tried)
        budget = (
            None if self._record.full is None else int(orders.budget * self._record.full) + self._allowance() - spent
        )
        return search(
            bench, self._record.attempts[0], symptom, causes, evidence, orders, full=self._record.full, steps=budget,
            suspect=self._record.suspect,
            thorough=orders.sweep, kin=self._session.kin,
        )  # fmt: skip

    def _tell_repaired(self, result: Result, common: dict[str, Any]) -> None:
        assert result.plan is not None
        for listener in self._session.on_repaired:
            listener(self.model, result.plan)
        said = tuple(filter(None, [result.final.why])) if result.final is not None else ()
        if self._record.twins:
            said += (f"That there is something to learn was seen on rows kept back from {len(self._record.twins)} more "
                     f"training{'s' * (len(self._record.twins) > 1)} of {self._record.twins[0]} steps.",)  # fmt: skip
        if self._start.files.folder is not None:
            said += (
                f"What callbacks wrote in the runs that do not count lies in {frames.display(str(self._start.files.folder))}.",
            )
        common["causes"] = proof.settled(common["causes"], self._record.attempts, result.plan)
        common["full"] = self._record.full or 0  # of a pipeline whose length nobody knew it is known now
        self._session.tell(self._story(Verdict.REPAIRED, plan=result.plan, notes=said, **common))

    # -- looked at early (see `early`) -------------------------------------------------------

    def _looked_at_early(self) -> Early | None:
        """The look that is to be taken at this fit before its end; None where it could not go on as if nobody had looked."""
        orders, x = self._session.orders, self._given.arguments["x"]
        at = looked_at(self._given.steps())
        asked = orders.repair and not orders.sweep and orders.goal != "finite" and self._host is self._session
        if at is None or not asked or tf.distribute.has_strategy() or half.keeps_weights(self.model):
            return None
        copied = isinstance(x, tf.data.Dataset) and Pipeline(x).again() is not None
        return Early(self, at) if copied or data.in_memory(x) else None

    def at_hand(self) -> dict[str, Any]:
        """What is kept of the run at hand; for `stand`."""
        return {"stage": self._stage.at_hand(), "record": self._record.at_hand(), "healer": self._in_flight.healer}

    def stand(self, kept: Mapping[str, Any]) -> None:
        """Take off any plan and go on with the run that was at hand."""
        self._installation.take_off(retrace=False)
        self._stage.stand(kept["stage"])
        self._record.stand(kept["record"])
        self._in_flight.healer = kept["healer"]

    def _so_far(self) -> Run:
        return Run(
            steps=self._stage.calls, seconds=time.monotonic() - self._run_began, rate=facts.learning_rate(self.model),
            idle=facts.idle(self.model), losses=self.guard.seen_losses, norms=list(self.guard.norms),
        )  # fmt: skip

    def judged_so_far(self) -> Judged | None:
        """What is to be said of the run at hand; None where nothing shows by itself that it cannot heal."""
        result = self._so_far()
        audited = self._audits.audited(result)
        fault = None if audited is None else plain_fault(audited, ())
        # of a schedule the beginning is no measure: what leads under a longer warm-up need not lead at its end
        faulty = fault is not None and fault.code is not Code.LEARNING_RATE_TOO_LOW
        if not (faulty or stands_still(result.norms, result.losses) or self._says_one_thing(result)):
            return None
        return self._outcomes.looked_into(result, self._outcomes.bounded(result), ())

    def _says_one_thing(self, result: Run) -> bool:
        """Whether the model's outputs are the same for all of some rows."""
        some = self._judge.rows_of(result.losses)
        if some is None:
            return False
        with self._patient.at_rest():
            outputs = tree.flatten(self.model(some.first(FIRST_ROWS).x, training=False))
        return any(learning.has_equal_targets(np.asarray(each)) for each in outputs)

    def changes(self, before: Judged) -> bool:
        """Whether the run that has just ended is a cure of one that was judged so after as many steps."""

        def cures() -> bool:
            plan, result = self._record.latest
            judged = self._outcomes.looked_into(result, self._outcomes.bounded(result), plan)
            own, less = self._stage.setup.own_loss, self._stage.setup.takes_away
            return not judged.sick and self._judge.cures(before, judged, same_loss=own, takes_away=less).yes

        return self._memory.lead(cures)

    def given_up(self, bench: Bench, judged: Judged) -> Result:
        """Look for a plan that takes the place of the run at hand, and tell of it."""
        result = self._so_far()
        self._record.baseline = self._record.last = judged
        first, last = course.means(result.losses)
        why = f"left after {result.steps} steps: {verdict.words(judged.judgement.reason)}"
        self._record.attempts = [
            Attempt(
                plan=(), kind="baseline", outcome="stable", steps=result.steps, seconds=round(result.seconds, 3),
                loss_first=first, loss_last=last, yardstick=last, why=why, curve=stretches(result.losses),
                learning=judged.learning,
            )
        ]  # fmt: skip
        symptom = self._symptoms.of(result)
        if symptom is None:
            return Result(None, [])
        self._tell_seen(symptom)
        evidence = self._evidence_of(symptom, None, result)
        causes = diagnose(evidence)
        found = self._searched(bench, symptom, causes, evidence)
        if found.plan is not None:
            common = dict(symptom=symptom, finding=evidence.finding, causes=causes, evidence=evidence)
            self._tell_repaired(found, common)
        return found

    def _allowance(self) -> int:
        """Steps that a repair may take however small its budget."""
        return SWEEP_STEPS if self._session.orders.sweep else FEW_STEPS

    @staticmethod
    def _restore_end(ended: Standing | None) -> None:
        if ended is not None:
            ended.restore()

    def _story(self, verdict: Verdict, **fields: Any) -> Story:
        fields.setdefault("full", 0)
        tried = self._stage.tried_early
        attempts = (*self._record.attempts[:1], *tried, *self._record.attempts[1:])
        fields.setdefault("interventions", tuple(self._in_flight.interventions))
        return Story(number=self.number, kind="fit", verdict=verdict, attempts=attempts,
                     seconds=time.monotonic() - self._started, **fields)  # fmt: skip

    # -- one run -----------------------------------------------------------------------------

    def attempt(self, plan: Plan, *, kind: str, steps: int | None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        for known in self._stage.tried_early:  # while the fit was suspended
            if (known.plan, known.kind) == (plan, kind) and (steps is None or known.steps <= steps):
                return known
        recalled = self._memory.recall(plan, kind, steps, leads=self._stage.looking)
        if recalled is not None:
            self._record.latest = plan, Run()
            self._record.attempts.append(recalled)
            if kind == "full" and recalled.stable:
                self._record.full = recalled.steps
            return recalled
        setup = dataclasses.replace(registry.setup_of(plan), seed=self._session.orders.seed)
        self._start.rewind(setup)
        if kind == "full":
            self._start.files.set_aside()
        result = self._run(setup, kind=kind, plan=plan, limit=steps)
        if kind == "full" and result.history is not None:
            self._record.history = result.history
        self._record.latest = plan, result
        self._memory.made(self._record.attempts[-1], steps)
        return self._record.attempts[-1]

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._memory.locate(plan, self._located_latest)

    def _located_latest(self) -> Finding | None:
        _, result = self._record.latest
        if result.trip is not None and result.trip.kind == "nonfinite":
            result.trip = self._locating.pinned(result.trip)
        return None if result.trip is None and not self._record.is_lost(result) else self._locating.found_in(result)

    def _run(self, setup: Setup, *, kind: str, plan: Plan, limit: int | None = None) -> Run:
        if not self._record.attempts and not setup.neutral:
            self._start.draw(setup)
            self._installation.put(setup)
        self._stage.setup = setup
        self._stage.begin(limit)
        heals = self._session.orders.heals and kind != "probe" and not self._record.attempts
        if heals:
            self._in_flight.begin(plan)
        arguments = data.prepared(self._start.given_again() if self._record.attempts else self._given.arguments, setup)
        if kind == "probe":
            arguments.update(verbose=0, validation_freq=10**9, callbacks=self._given.rate_callbacks())
        result = Run()
        if self._session.on_doing:
            self._tell_run(kind, plan, limit)
        self._run_began = began = time.monotonic()
        try:
            with self._stage.watched(), seams.without_frames_of(frames.OWN):
                result.history = self._given.fitted(arguments)
                self.guard.settle()
        except Tripped as stopped:
            result.trip = stopped.trip
        except Enough:
            result.cut = True
        except KeyboardInterrupt:
            self._host.interrupted = False  # it came through; a program may catch it and train on
            raise
        except Exception as error:
            result.error = error
        finally:
            if result.history is None:
                self._stage.tidy()
        if result.trip is None and (result.cut or result.error is not None):
            try:
                self.guard.settle()
            except Tripped as stopped:
                result.trip = stopped.trip
        result.seconds = time.monotonic() - began
        result.rate, result.idle = facts.learning_rate(self.model), facts.idle(self.model)
        result.losses = self.guard.seen_losses if result.trip is None else self.guard.counted_losses
        result.norms = list(self.guard.norms)
        result.skips = self.guard.skips
        result.steps = self._stage.calls if result.trip is None else min(self._stage.calls, result.trip.batch + 1)
        if result.history is not None and kind != "probe":
            self._record.full = result.steps
        self._session.audits.trained(result.seconds)
        healed = self._in_flight.healer if not self._record.attempts else None
        self._record.attempts.append(self._outcomes.attempt_of(result, kind, plan))
        if healed is not None:
            healed.close()
        return result

    # -- finding out -------------------------------------------------------------------------

    def _said(self, judged: Judged | None = None) -> tuple[str, ...]:
        """What a report says of a training that is left as it is; nothing where it has learnt."""
        judged = judged or self._record.last
        if judged is None or judged.judgement.reason in (Reason.LEARNT, Reason.GOAL_MET):
            return ()
        sentence = verdict.words(judged.judgement.reason)
        return (sentence[0].upper() + sentence[1:] + ".",)

    def _idle_inputs(self, result: Run, audited: Evidence) -> tuple[str, ...]:
        """Notes on inputs that have no influence on the loss, where the run was judged by what it learnt."""
        if self._record.last is None or self._record.last.learning is None:
            return ()
        places = self._judge.idle_inputs(RunFacts(result.losses, result.seconds, Statement()))
        names = [f"x[{place}]" if len(audited.inputs) <= place else audited.inputs[place].name for place in places]
        return tuple(
            f"{name} has no influence on the loss: shuffled among the rows it changes nothing." for name in names
        )

    def _with_own_loss(self, evidence: Evidence) -> Evidence:
        """The evidence with the loss of a step of the user's own, if it is one of Keras'."""
        model = evidence.model
        if model.loss is not None or len(evidence.targets) != 1 or not seams.uses_own_train_step(self.model):
            return evidence
        with self._patient.at_rest():
            name, from_logits = self._judge.own_loss()
        if name is None:
            return evidence
        line = (None if self._stage.replay is None else aims.loss_line(self._stage.replay)) or model.fit_site
        return dataclasses.replace(
            evidence,
            model=dataclasses.replace(model, loss=name, from_logits=from_logits, loss_line=line, own_step=True),
        )

    def _evidence(self, symptom: Symptom, finding: Finding | None, baseline: Run) -> Evidence:
        per_epoch = self._given.steps_per_epoch()
        if self._record.full is None:
            self._record.full = self._given.steps()
        with self._start.as_first_read():
            audits = data.audited(self.model, self._given.arguments, self._given.kept.first)
        inputs, targets = (self._described.with_sites(*each) for each in (("x", audits.inputs), ("y", audits.targets)))
        initial = None
        useless = symptom.kind == "useless"
        moved = self._start.variables.moved(self.model.trainable_variables) if useless else None
        trained = self.model.trainable_variables
        equal_units = (
            facts.said_of_units(trained, facts.own_variables(self.model)) if useless else {}
        )  # of the last weights
        failed = None if useless else self._stage.replay
        zeros = facts.said_of_zeros(failed, trained)
        self._start.rewind(Setup())
        model = self._described.model_facts()  # of its first weights: the last ones may have blown up
        batch = self._batches.at(0)
        self._start.at_entry()
        if batch is not None and symptom.kind != "error":
            try:
                with self._stage.watched():  # our own tape is no step of the program's
                    model, initial = facts.with_activity(
                        model, self.model, batch,
                        lambda x, y, y_pred, weight: self.model.compute_loss(x, y, y_pred, weight),
                    )  # fmt: skip
                    if useless:
                        model = with_gates(model, self.model, keras.utils.unpack_x_y_sample_weight(batch)[0])
            except Exception:  # no compiled loss, or a model that cannot be called eagerly: its own step may show it
                initial = None
                shown = self._replays.shown(batch) if useless else None
                model = model if shown is None else facts.as_replayed(model, self.model, shown)
            if facts.may_call_activations(model, self.model):
                shown = self._replays.shown(batch) if useless else failed
                model = model if shown is None else facts.with_called(model, shown)
        disturbances = self._disturbances(baseline) if useless else ()
        rates = facts.rates_in_force(self.model, baseline.steps, baseline.history)
        setters = [each for each in self._given.callbacks if isinstance(each, created.RATE_CALLBACKS)]
        model = facts.with_rates(model, rates or (baseline.rate,), setters if rates else self._given.rate_callbacks())
        model = facts.with_idle(model, baseline.idle)
        labels = data.labels_of(self._given.arguments, self._given.kept.first)
        flat = tree.flatten(labels) if labels is not None else []
        size = max(map(rows_in, tree.flatten(batch)), default=0)  # 0 of what several replicas are given
        if len(flat) == len(targets) == 1 and closing.in_their_order(self._given.arguments) and size:
            targets = (closing.in_order(targets[0], flat[0], size),)
        targets = closing.aligned(self.model, targets, flat)
        units = model.outputs[0].units if model.outputs else None
        return Evidence(
            symptom=symptom, kind="fit", finding=finding, inputs=inputs, targets=targets,
            weights=audits.weights, model=model,
            course=Course(
                steps=baseline.steps, full=self._record.full, losses=thin(baseline.losses), gradients=thin(baseline.norms),
                steps_per_epoch=per_epoch, epochs=self._given.epochs, metrics=tuple(last_metrics(baseline.history).items()),
                rates=rates, swings=self._outcomes.adversaries, moved=moved,
            ),
            constant_loss=dummy.constant_loss(model.loss, flat[0]) if len(flat) == 1 else None,
            initial_loss=initial, chance_loss=dummy.chance_loss(model.loss, units),
            error=None if baseline.error is None else str(baseline.error), autoencoder=audits.autoencoder,
            windows=audits.windows, entries=self._entries(batch, audits),
            shuffled_apart=self._audits.shuffles_apart, altered=self._start.altered, **equal_units, **zeros,
            validation=self._audits.validated(self._audits.validation_rows()), warned=created.warned(),
            disturbances=disturbances,
        )  # fmt: skip

    def _disturbances(self, baseline: Run) -> tuple[Disturbance, ...]:
        """Layers that change rows at random, and whether these still tell their targets then."""
        some = self._judge.rows_of(baseline.losses)
        some = None if some is None else some.finite()
        if some is None:
            return ()
        try:
            with self._patient.at_rest():
                return disturbed(self.model, some)
        except Exception as error:  # a model that cannot be called so, rows of several shapes
            _log.debug("random layers could not be looked at", exc_info=error)
            return ()

    def _entries(self, batch: Any, audits: data.Audits) -> tuple[EntryFacts | None, ...]:
        """What the model itself makes of its inputs, by a batch of them."""
        return (
            () if batch is None else entries(self.model, keras.utils.unpack_x_y_sample_weight(batch)[0], audits.inputs)
        )

"""One `fit` under watch: baseline, diagnosis, probes by rewinding, the full run of the winner in place."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import itertools
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable import frames, registry
from autostable.diagnosis import diagnose, warnings
from autostable.diagnosis.data import FIGURE, HEALTHY, constant_columns
from autostable.doing import LOCATING, Doing, named, seen_words
from autostable.evidence import (
    ArrayFacts,
    Course,
    Disturbance,
    EntryFacts,
    Evidence,
    Finding,
)  # fmt: skip
from autostable.judgement import bounds, course, dummy, levels, verdict
from autostable.judgement.statements import Statement
from autostable.judgement.verdict import Goal, Reason
from autostable.knowledge.signs import Said
from autostable.records import Attempt, Cause, Code, Plan, Symptom, Verdict
from autostable.repair import proof
from autostable.repair.bench import Bench, Result
from autostable.repair.faults import meaningless, plain_fault, unable
from autostable.repair.search import search
from autostable.setup import Setup
from autostable.story import Story, skipped, stretches, thin
from autostable.training import created, data, facts, half, install, seams
from autostable.training.early import Early, TakenOver, looked_at
from autostable.training.examine import closing, learning, rows, twins
from autostable.training.examine.disturbed import disturbed
from autostable.training.examine.entries import entries
from autostable.training.examine.gates import with_gates
from autostable.training.examine.glance import Glance
from autostable.training.examine.judge import FEWEST_STEPS, Judge, Judged, RunFacts
from autostable.training.examine.kept import rows_in
from autostable.training.examine.last_step import seen_in
from autostable.training.examine.rows import Rows
from autostable.training.fits.at_rest import AtRest
from autostable.training.fits.batches import Batches
from autostable.training.fits.described import Described
from autostable.training.fits.given import Given
from autostable.training.fits.in_flight import InFlight
from autostable.training.fits.locating import Locating
from autostable.training.fits.raised import is_ours
from autostable.training.fits.record import Record
from autostable.training.fits.replays import Replays
from autostable.training.fits.stage import Enough, Stage
from autostable.training.fits.start import Start
from autostable.training.fits.steps import Steps
from autostable.training.guard import Guard, Tripped
from autostable.training.healing import Healer
from autostable.training.install import Installation
from autostable.training.judging import STILL, Run, last_metrics, slow, stands_still
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
LOST = "finite throughout, but the model as it is used gives NaN"
PREFIX = 400  # steps that are trained once more to replay the next one from before it, where the step itself has moved weights
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
        self._look: closing.Looked | None = None
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
        symptom = self._symptom(baseline)
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
        if not orders.repair or orders.heals or self._symptom(baseline) is not None:
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
        evidence = self._audited(baseline) if not plan else None
        if evidence is not None:
            with self._session.audits.spending():
                evidence = dataclasses.replace(evidence, validation=self._validated(self._judge.unseen))
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
        audited = self._audited(result)
        fault = None if audited is None else plain_fault(audited, ())
        # of a schedule the beginning is no measure: what leads under a longer warm-up need not lead at its end
        faulty = fault is not None and fault.code is not Code.LEARNING_RATE_TOO_LOW
        if not (faulty or stands_still(result.norms, result.losses) or self._says_one_thing(result)):
            return None
        return self._looked_into(result, self._bounded(result), ())

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
            judged = self._looked_into(result, self._bounded(result), plan)
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
        symptom = self._symptom(result)
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
        self._record.attempts.append(self._judged(result, kind, plan))
        if healed is not None:
            healed.close()
        return result

    def _judged(self, result: Run, kind: str, plan: Plan) -> Attempt:
        first, last = course.means(result.losses)
        logged = last_metrics(result.history).get("loss")
        logged = None if result.skips else logged  # the log holds the skipped steps' losses too
        if kind != "probe" and logged is not None and not seams.uses_own_train_step(self.model):
            last = logged  # what the user sees; it weighs a last, smaller batch rightly
        bounded = self._bounded(result)
        outcome, why = "stable", skipped(result.skips)
        if result.trip is not None:
            outcome, why = "unstable", f"non-finite {result.trip.first_seen_in} in step {result.trip.step}"
        elif result.error is not None:
            outcome, why = "crashed", f"{type(result.error).__name__}: {str(result.error).splitlines()[0][:160]}"
        elif bounded.no:
            outcome, why = "unstable", bounded.why
        elif (figure := self._lost_figure(result)) is not None:
            outcome, why = "unstable", f"{figure[0]} is not finite, and {figure[1]} goes by it"
        elif self._stage.setup.changes_loss and (falls := bounds.endless(result.losses)).yes:
            outcome, why = "unstable", falls.why  # what a plan made of the loss has no floor
        elif kind != "baseline" and stands_still(result.norms, result.losses) and not course.lower(result.losses).yes:
            outcome, why = "unstable", STILL
        attempt = Attempt(
            plan=plan, kind=kind, outcome=outcome, steps=result.steps, seconds=round(result.seconds, 3),
            loss_first=first, loss_last=last, yardstick=last if outcome == "stable" else None, why=why,
            curve=stretches(result.losses),
        )  # fmt: skip
        if kind == "probe" or result.history is None or not attempt.stable:
            return attempt
        self._record.last = self._looked_into(result, bounded, plan)
        if kind == "baseline":
            self._record.baseline = self._record.last
        return self._with_learning(attempt, self._record.last)

    def _bounded(self, result: Run) -> Statement:
        """Whether the losses of a run are bounded; the losses of adversaries, and under rates that rise again, swing."""
        shuffled = data.in_memory(self._given.arguments["x"]) and self._given.arguments.get("shuffle") is not False
        rates = facts.rates_in_force(self.model, max(1, result.steps), result.history)
        falls = next((at for at, (one, two) in enumerate(itertools.pairwise(rates)) if two < one), len(rates))
        rises = any(two > one for one, two in itertools.pairwise(rates[falls:]))  # again: warm restarts
        return bounds.bounded(
            result.losses, period=None if shuffled else self._given.steps_per_epoch(), swings=rises or self._adversaries
        )

    @property
    def _adversaries(self) -> bool:
        """Whether a step of the user's has several optimizers, which may work against each other."""
        if not seams.uses_own_train_step(self.model):
            return False
        main = getattr(self.model, "optimizer", None)
        own = {id(each) for each in (main, *seams.working_optimizers(main))}
        return self.parties.oppose and any(id(each) not in own for each in self.guard.optimizers)

    def _looked_into(self, result: Run, bounded: Statement, plan: Plan) -> Judged:
        @functools.cache  # each output asks, with each plain model
        def fault() -> Said | None:
            audited = self._audited(result)
            return None if audited is None else plain_fault(audited, plan)

        off = facts.averages_lag(self.model) or self._averages_waver(result) is not None
        run = RunFacts(
            result.losses, result.seconds, bounded, fault, off, self._courses(result.history),
            still=stands_still(result.norms, result.losses), copied=self._holds_copies,
            faint=facts.averaged_weights_lag(self.model),
        )  # fmt: skip
        goal = Goal.FINITE if self._session.orders.goal == "finite" else Goal.HEALTHY
        return self._judge.judged(run, goal, adversaries=self._adversaries)

    def _holds_copies(self) -> bool:
        return any(install.copied_units(self.model.trainable_variables))

    def _courses(self, history: Any) -> dict[int, list[float]]:
        """The loss of each output in each epoch, where there are several; of one that is far larger nothing else would show."""
        names, logs = seams.output_names(self.model), getattr(history, "history", None) or {}
        logged = {place: logs.get(f"{name}_loss") for place, name in enumerate(names)} if len(names) > 1 else {}
        return {place: [float(each) for each in values] for place, values in logged.items() if values}

    def _audited(self, result: Run) -> Evidence | None:
        """What was trained on, looked at in bounded time; None where that cannot be, or such looks have taken enough."""
        allowance = self._session.audits
        # what is judged by what it learnt is told of its plain faults in any case
        if self._look is None and len(result.losses) < FEWEST_STEPS and not allowance.is_left:
            return None
        try:
            wanted = self._look is None and not data.in_memory(self._given.arguments["x"])
            read = self._judge.rows_of(result.losses) if wanted else None  # the judge wants them in any case
            with allowance.spending():
                look = self._look = self._look or closing.looked(self.model, self._given.arguments, read)
                return Evidence(
                    Symptom(HEALTHY, result.steps), inputs=look.inputs, targets=look.targets, weights=look.weights,
                    entries=look.entries, model=self._described.model_facts(weighed=False),
                    course=Course(result.steps, rates=facts.rates_in_force(self.model, result.steps, result.history)),
                    shuffled_apart=self._shuffles_apart, altered=self._start.altered,
                )  # fmt: skip
        except Exception as error:  # data of a kind that only `fit` can read: nothing is said of them
            _log.debug("the data of a training could not be audited", exc_info=error)
            return None

    @property
    def _shuffles_apart(self) -> bool:
        x = self._given.arguments["x"]
        return isinstance(x, tf.data.Dataset) and seams.shuffled_apart(x)

    def _lost_figure(self, result: Run) -> tuple[str, str, int] | None:
        """A validation figure that is not finite for bad validation data, the callback that goes by it, and since when."""
        history = getattr(result.history, "history", None) or {}
        for callback in self._given.callbacks:
            name = getattr(callback, "monitor", None)
            if (
                not isinstance(name, str)
                or not name.startswith("val_")
                or not getattr(callback, "save_best_only", True)
            ):
                continue
            bad = [epoch for epoch, value in enumerate(history.get(name, ())) if not np.all(np.isfinite(value))]
            if bad and any(each.bad_row_count for each in self._validated(self._validation_rows())):
                return name, type(callback).__name__, bad[0]
        return None

    def _validation_rows(self) -> Rows | None:
        """Rows of a validation pipeline, where a look leaves no trace."""
        given = self._given.arguments.get("validation_data")
        return None if given is None or isinstance(given, tuple | list) else rows.unseen(self._given.arguments)

    def _validated(self, unseen: Rows | None) -> tuple[ArrayFacts, ...]:
        """Audits of the validation data: of arrays, and of those rows of a pipeline that were read."""
        try:
            return closing.validation(self._given.arguments, unseen, Glance())
        except Exception as error:  # of a kind that only `fit` can read
            _log.debug("validation data could not be audited", exc_info=error)
            return ()

    def _with_learning(self, attempt: Attempt, judged: Judged) -> Attempt:
        """The attempt with what it has learnt; under a plan that is too little where nothing has changed."""
        attempt = dataclasses.replace(attempt, learning=judged.learning)
        if not attempt.plan or self._session.orders.goal == "finite":
            return attempt
        learnt, why = judged.convinces, verdict.words(judged.judgement.reason)
        if judged.judgement.reason is Reason.NOT_FINITE:
            return dataclasses.replace(
                attempt, outcome="unstable", yardstick=None, learnt=False, passes=False, why=LOST
            )
        if self._record.baseline is not None and not self._record.baseline.healthy:
            with self._twins_leave_no_trace() as twin:
                cured = self._judge.cures(
                    self._record.baseline,
                    judged,
                    same_loss=self._stage.setup.own_loss,
                    takes_away=self._stage.setup.takes_away,
                    twin=twin,
                )
            passes, learnt = cured.yes and judged.passes, cured.yes and judged.healthy
            why = attempt.why if learnt else why if judged.sick or passes else cured.why or "no gain to speak of"
            return dataclasses.replace(attempt, learnt=learnt, passes=passes, why=why)
        said = attempt.why if learnt else "; ".join(filter(None, [attempt.why, f"finite, but {why}"]))
        return dataclasses.replace(attempt, learnt=learnt, passes=judged.passes, why=said)

    @contextlib.contextmanager
    def _twins_leave_no_trace(self) -> Iterator[Callable[[], Rows | None]]:
        """Gives what trains once more under the plan in force, rows kept back; at the end all is as it was before."""
        ended: list[Standing] = []

        def twin() -> Rows | None:
            split = None if tf.distribute.has_strategy() else twins.held_back(self._given.arguments)
            if split is None:
                return None
            ended.append(Standing(self._start, self.model.history))
            self._start.rewind(self._stage.setup)
            self._stage.begin(None)
            given = {
                **data.prepared(split[0], self._stage.setup),
                "verbose": 0,
                "callbacks": self._given.rate_callbacks(),
            }
            try:
                with self._stage.watched():
                    self._given.fitted(given)
                    self.guard.look(force=True)
            except (Tripped, Exception) as error:
                _log.debug("a training with rows kept back failed", exc_info=error)
                self._stage.tidy()
                return None
            self._record.twins.append(self._stage.calls)
            return split[1]

        try:
            yield twin
        finally:
            for each in ended:
                each.restore()

    # -- finding out -------------------------------------------------------------------------

    def _symptom(self, result: Run) -> Symptom | None:
        first, last = self._record.attempts[-1].loss_first, self._record.attempts[-1].loss_last
        evidence: dict[str, Any] = {"loss_first": first, "loss_last": last}
        if result.trip is not None:
            epoch = self._given.epoch_of(result.trip.batch)
            return Symptom(result.trip.kind, result.trip.step, epoch, result.trip.first_seen_in, evidence)
        if result.error is not None:
            evidence["error"] = str(result.error).splitlines()[0][:300]
            place = "gradient" if seams.had_no_gradients(result.error) else "label"
            return Symptom("error", self._stage.calls, self._given.epoch_of(self._stage.calls), place, evidence)
        figure = self._lost_figure(result)
        if figure is not None:
            name, reader, epoch = figure
            seen = {**evidence, FIGURE: name, "read_by": reader}
            return Symptom("nonfinite", (epoch + 1) * (self._given.steps_per_epoch() or 0), epoch, "input", seen)
        bounded = self._bounded(result)
        if bounded.no:
            return Symptom("diverged", result.steps, self._given.epoch_of(result.steps), "loss", evidence)
        judged = self._record.last
        if result.history is not None and result.steps and not self.model.trainable_variables and not result.losses:
            evidence["judged"] = "nothing was learnt: the model has no trainable weights, all its layers are frozen"
            return Symptom("useless", result.steps, self._given.epoch_of(result.steps), "loss", evidence)
        if judged is None or judged.healthy:
            return None
        if judged.judgement.reason is Reason.NOT_FINITE:
            return Symptom(
                "nonfinite", result.steps, self._given.epoch_of(result.steps), "loss", {**evidence, "judged": LOST}
            )
        if judged.judgement.reason is Reason.NOT_BOUNDED:
            return Symptom("diverged", result.steps, self._given.epoch_of(result.steps), "loss", evidence)
        return Symptom(
            "useless",
            result.steps,
            self._given.epoch_of(result.steps),
            "loss",
            {**evidence, **self._seen(judged, result)},
        )

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
        names = seams.output_names(self.model)
        if len(judged.statements) > 1 and record.output < len(names):
            found["output"] = names[record.output]
        found |= judged.of_the_loss
        found |= self._as_used(result, record.loss, record.constant, last)
        audited = self._audited(result)
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
        if facts.averaged_weights_lag(self.model):
            return {**off, "averaged_weights": True}
        if facts.averages_lag(self.model):
            return off
        batches = self._averages_waver(result)
        return {} if batches is None else {**off, "averages_of": batches}

    def _averages_waver(self, result: Run) -> float | None:
        if data.in_memory(self._given.arguments["x"]):
            return facts.averages_waver(self.model, int(self._given.arguments.get("batch_size") or 32))
        if facts.averages_waver(self.model, 1) is None:
            return None  # of no batch, however small: no rows need be read
        rows = self._judge.rows_of(result.losses)
        return None if rows is None else facts.averages_waver(self.model, rows.batch)

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
                rates=rates, swings=self._adversaries, moved=moved,
            ),
            constant_loss=dummy.constant_loss(model.loss, flat[0]) if len(flat) == 1 else None,
            initial_loss=initial, chance_loss=dummy.chance_loss(model.loss, units),
            error=None if baseline.error is None else str(baseline.error), autoencoder=audits.autoencoder,
            windows=audits.windows, entries=self._entries(batch, audits),
            shuffled_apart=self._shuffles_apart, altered=self._start.altered, **equal_units, **zeros,
            validation=self._validated(self._validation_rows()), warned=created.warned(), disturbances=disturbances,
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

"""What a run of a fit came to: whether it held, and what it has learnt."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from typing import Any

from autostable.judgement import bounds, course, verdict
from autostable.judgement.statements import Statement, no, yes
from autostable.judgement.verdict import Goal, Reason, Statements
from autostable.knowledge.signs import Said
from autostable.records import Attempt, Plan
from autostable.repair.faults import plain_fault
from autostable.story import skipped, stretches
from autostable.training import data, facts, install, seams
from autostable.training.examine.judge import Judge, Judged, RunFacts
from autostable.training.fits.audits import Audits
from autostable.training.fits.given import Given
from autostable.training.fits.raised import ended_by_caller
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Stage
from autostable.training.fits.twins import Twins
from autostable.training.guard import Guard
from autostable.training.judging import STILL, Run, fails_still, last_metrics, stands_still
from autostable.training.parties import Parties

LOST = "finite throughout, but the model as it is used gives NaN"


class Outcomes:
    """Judges the runs of a fit.

    Args:
        given: What it is given.
        guard: What watches its steps.
        parties: The optimizers that they have.
        stage: The run at hand.
        record: What was run so far; what is said of whole runs is kept in it.
        judge: Judges what a run has learnt.
        audits: Looks at the data.
        twins: Trainings with rows kept back.
        first: What variables began with.
        only_finite: Nothing more is asked of a run than to be finite.
    """

    def __init__(
        self, given: Given, guard: Guard, parties: Parties, stage: Stage, record: Record, judge: Judge, audits: Audits,
        twins: Twins, first: install.First, *, only_finite: bool,
    ) -> None:  # fmt: skip
        self._given, self._model, self._guard, self._parties = given, given.model, guard, parties
        self._stage, self._record, self._judge, self._audits = stage, record, judge, audits
        self._twins, self._first, self._only_finite = twins, first, only_finite

    def attempt_of(self, result: Run, kind: str, plan: Plan) -> Attempt:
        """The record of a run that has just ended."""
        first, last = course.means(result.losses)
        logged = last_metrics(result.history).get("loss")
        logged = None if result.skips else logged  # the log holds the skipped steps' losses too
        if kind != "probe" and logged is not None and not seams.uses_own_train_step(self._model):
            last = logged  # what the user sees; it weighs a last, smaller batch rightly
        bounded = self.bounded(result)
        outcome, why, seen = "stable", skipped(result.skips), Statements(finite=yes(), bounded=bounded)
        if result.trip is not None:
            outcome, why = "unstable", f"non-finite {result.trip.first_seen_in} in step {result.trip.step}"
            seen = Statements(finite=no(why=why))
        elif ended_by_caller(result.error):
            why = f"ended by its caller ({type(result.error).__name__})"
        elif result.error is not None:
            outcome, why = "crashed", f"{type(result.error).__name__}: {str(result.error).splitlines()[0][:160]}"
        elif bounded.no:
            outcome, why = "unstable", bounded.why
        elif (figure := self._audits.lost_figure(result)) is not None:
            outcome, why = "unstable", f"{figure[0]} is not finite, and {figure[1]} goes by it"
            seen = Statements(finite=no(why=why), bounded=bounded)
        elif self._stage.setup.changes_loss and (falls := bounds.endless(result.losses)).yes:
            outcome, why = "unstable", falls.why  # what a plan made of the loss has no floor
            seen = dataclasses.replace(seen, endless=falls)
        elif kind != "baseline" and fails_still(result.norms, result.losses):
            outcome, why = "unstable", STILL
            seen = dataclasses.replace(seen, still=True)
        attempt = Attempt(
            plan=plan, kind=kind, outcome=outcome, steps=result.steps, seconds=round(result.seconds, 3),
            loss_first=first, loss_last=last, yardstick=last if outcome == "stable" else None, why=why,
            curve=stretches(result.losses), statements=() if kind == "probe" or outcome == "crashed" else (seen.by_name,),
        )  # fmt: skip
        if kind == "probe" or result.history is None or not attempt.stable:
            return attempt
        self._record.last = self.looked_into(result, bounded, plan)
        if kind == "baseline":
            self._record.baseline = self._record.last
        return self._with_learning(attempt, self._record.last)

    def bounded(self, result: Run) -> Statement:
        """Whether the losses of a run are bounded; the losses of adversaries, and under rates that rise again, swing."""
        shuffled = data.in_memory(self._given.arguments["x"]) and self._given.arguments.get("shuffle") is not False
        rates = facts.rates_in_force(self._model, max(1, result.steps), result.history)
        falls = next((at for at, (one, two) in enumerate(itertools.pairwise(rates)) if two < one), len(rates))
        rises = any(two > one for one, two in itertools.pairwise(rates[falls:]))  # again: warm restarts
        return bounds.bounded(
            result.losses, period=None if shuffled else self._given.steps_per_epoch(), swings=rises or self.adversaries
        )

    @property
    def adversaries(self) -> bool:
        """Whether a step of the user's has several optimizers, which may work against each other."""
        if not seams.uses_own_train_step(self._model):
            return False
        main = getattr(self._model, "optimizer", None)
        own = {id(each) for each in (main, *seams.working_optimizers(main))}
        return self._parties.oppose and any(id(each) not in own for each in self._guard.optimizers)

    def averages_waver(self, result: Run) -> float | None:
        """Of how many batches the averages are that the model keeps, where that is too few (see `facts.averages_waver`)."""
        if data.in_memory(self._given.arguments["x"]):
            return facts.averages_waver(self._model, int(self._given.arguments.get("batch_size") or 32))
        if facts.averages_waver(self._model, 1) is None:
            return None  # of no batch, however small: no rows need be read
        rows = self._judge.rows_of(result.losses)
        return None if rows is None else facts.averages_waver(self._model, rows.batch)

    def looked_into(self, result: Run, bounded: Statement, plan: Plan) -> Judged:
        """What is to be said of what a run has learnt; the model stands where it has left it."""

        @functools.cache  # each output asks, with each plain model
        def fault() -> Said | None:
            audited = self._audits.audited(result)
            return None if audited is None else plain_fault(audited, plan)

        off = facts.averages_lag(self._model) or self.averages_waver(result) is not None
        run = RunFacts(
            result.losses, result.seconds, bounded, fault, off, self._courses(result.history),
            still=stands_still(result.norms, result.losses), copied=self._holds_copies,
            faint=facts.averaged_weights_lag(self._model), compares=bool(plan),
        )  # fmt: skip
        goal = Goal.FINITE if self._only_finite else Goal.HEALTHY
        return self._judge.judged(run, goal, adversaries=self.adversaries, planned=bool(plan))

    def _holds_copies(self) -> bool:
        return any(install.copied_units(self._model.trainable_variables, self._first))

    def _courses(self, history: Any) -> dict[int, list[float]]:
        """The loss of each output in each epoch, where there are several; of one that is far larger nothing else would show."""
        names, logs = seams.output_names(self._model), getattr(history, "history", None) or {}
        logged = {place: logs.get(f"{name}_loss") for place, name in enumerate(names)} if len(names) > 1 else {}
        return {place: [float(each) for each in values] for place, values in logged.items() if values}

    def _with_learning(self, attempt: Attempt, judged: Judged) -> Attempt:
        """The attempt with what it has learnt; under a plan that is too little where nothing has changed."""
        attempt = dataclasses.replace(attempt, learning=judged.learning, statements=judged.by_output)
        if not attempt.plan or self._only_finite:
            return attempt
        learnt, why = judged.convinces, verdict.words(judged.judgement.reason)
        if judged.judgement.reason is Reason.NOT_FINITE:
            return dataclasses.replace(
                attempt, outcome="unstable", yardstick=None, learnt=False, passes=False, why=LOST
            )
        baseline = self._record.baseline
        if baseline is not None and not baseline.healthy:
            own, less = self._stage.setup.own_loss, self._stage.setup.takes_away
            with self._twins.without_trace() as twin:
                cured = self._judge.cures(baseline, judged, same_loss=own, takes_away=less, twin=twin)
            passes, learnt = cured.yes and judged.passes, cured.yes and judged.healthy
            why = attempt.why if learnt else why if judged.sick or passes else cured.why or "no gain to speak of"
            return dataclasses.replace(attempt, learnt=learnt, passes=passes, why=why)
        said = attempt.why if learnt else "; ".join(filter(None, [attempt.why, f"finite, but {why}"]))
        return dataclasses.replace(attempt, learnt=learnt, passes=judged.passes, why=said)

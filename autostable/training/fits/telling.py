"""What is told of a fit: what it does while it lasts, its story at the end, and the notes in that."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from autostable import frames
from autostable.doing import LOCATING, Doing, named, seen_words
from autostable.evidence import Evidence
from autostable.judgement import verdict
from autostable.judgement.statements import Statement
from autostable.judgement.verdict import Reason
from autostable.records import Plan, Symptom, Verdict
from autostable.repair import proof
from autostable.repair.bench import Result
from autostable.story import Story
from autostable.training.examine.judge import Judge, Judged, RunFacts
from autostable.training.fits.given import Given
from autostable.training.fits.in_flight import InFlight
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.guard import Guard
from autostable.training.healing import Healer
from autostable.training.judging import Run
from autostable.training.session import Session


class Telling:
    """Tells the session of one fit.

    Args:
        session: Is told.
        number: Of the training, among those of the program.
        given: What the fit is given.
        guard: Knows the losses of the run at hand.
        stage: The run at hand.
        start: Knows where files of runs that do not count lie.
        record: What was run so far.
        in_flight: What was done about the fit while it went on.
    """

    def __init__(
        self, session: Session, number: int, given: Given, guard: Guard, stage: Stage, start: Start, record: Record,
        in_flight: InFlight,
    ) -> None:  # fmt: skip
        self._session, self._number, self._model, self._guard = session, number, given.model, guard
        self._stage, self._start, self._record, self._in_flight = stage, start, record, in_flight
        self._started = time.monotonic()
        self._wrong = ""  # what went wrong, in a few words

    def seen(self, symptom: Symptom) -> None:
        """Something went wrong: until something is trained again, its cause is looked for."""
        seen = self._wrong = seen_words(symptom)
        self._session.does(lambda: Doing(LOCATING, seen=seen, shown=False))

    def goes_on(self) -> None:
        """Plans were tried; the program's own run goes on where it stood."""
        self.run("baseline", (), None)

    def ended(self) -> None:
        """What the program prints from now on is the user's to see."""
        if self._wrong:
            self._session.does(lambda: Doing("baseline", seen=self._wrong))

    def run(self, kind: str, plan: Plan, limit: int | None) -> None:
        """A run begins."""
        names, seen, whole = named(plan), self._wrong, self._in_flight.full_steps()
        steps = whole if limit is None else min(limit, whole or limit)

        def doing() -> Doing:
            losses = self._guard.losses
            loss = float(losses[-1]) if losses else None
            return Doing(kind, names, self._stage.calls, steps, loss, seen, shown=kind != "probe")

        self._session.does(doing)

    def healed(self, healer: Healer, baseline: Run, notes: tuple[str, ...]) -> Any:
        """Tell of a training that failed in its middle, was gone on with, and came to a sound end."""
        for listener in self._session.on_repaired if healer.plan else ():
            listener(self._model, healer.plan)
        self._record.history = baseline.history
        story = self.story(Verdict.REPAIRED, notes=notes, full=baseline.steps)
        self._session.keep(healer.told_by(story))
        return baseline.history

    def repaired(self, result: Result, common: dict[str, Any]) -> None:
        """Tell of a training that a plan has cured."""
        assert result.plan is not None
        for listener in self._session.on_repaired:
            listener(self._model, result.plan)
        said = tuple(filter(None, [result.final.why])) if result.final is not None else ()
        twins, aside = self._record.twins, self._start.files.folder
        if twins:
            said += (f"That there is something to learn was seen on rows kept back from {len(twins)} more "
                     f"training{'s' * (len(twins) > 1)} of {twins[0]} steps.",)  # fmt: skip
        if aside is not None:
            said += (f"What callbacks wrote in the runs that do not count lies in {frames.display(str(aside))}.",)
        common["causes"] = proof.settled(common["causes"], self._record.attempts, result.plan)
        common["full"] = self._record.full or 0  # of a pipeline whose length nobody knew it is known now
        self._session.tell(self.story(Verdict.REPAIRED, plan=result.plan, notes=said, **common))

    def unrepaired(self, notes: tuple[str, ...], common: dict[str, Any]) -> Story:
        """The story of a training that no plan has cured."""
        story = self.story(Verdict.UNREPAIRED, notes=notes, **common)
        return dataclasses.replace(story, causes=proof.in_vain(story.causes, story.attempts, common["evidence"]))

    def story(self, verdict: Verdict, **fields: Any) -> Story:
        """The story of the training; `fields` are those of a `Story` that differ from its defaults."""
        fields.setdefault("full", 0)
        tried = self._stage.tried_early
        attempts = (*self._record.attempts[:1], *tried, *self._record.attempts[1:])
        fields.setdefault("interventions", tuple(self._in_flight.interventions))
        return Story(number=self._number, kind="fit", verdict=verdict, attempts=attempts,
                     seconds=time.monotonic() - self._started, **fields)  # fmt: skip


def said(judged: Judged | None) -> tuple[str, ...]:
    """What a report says of a training that is left as it is; nothing where it has learnt."""
    if judged is None or judged.judgement.reason in (Reason.LEARNT, Reason.GOAL_MET):
        return ()
    sentence = verdict.words(judged.judgement.reason)
    return (sentence[0].upper() + sentence[1:] + ".",)


def idle_inputs(judge: Judge, last: Judged | None, result: Run, audited: Evidence) -> tuple[str, ...]:
    """Notes on inputs that have no influence on the loss, where the run was judged by what it learnt."""
    if last is None or last.learning is None:
        return ()
    places = judge.idle_inputs(RunFacts(result.losses, result.seconds, Statement()))
    names = [f"x[{place}]" if len(audited.inputs) <= place else audited.inputs[place].name for place in places]
    return tuple(f"{name} has no influence on the loss: shuffled among the rows it changes nothing." for name in names)

"""Trials of a sweep under watch: repaired as they run, recorded beside their checkpoint, learning from one another."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from autostable.judgement.peers import Peers
from autostable.records import Attempt, SymptomKind, Verdict, from_json, to_json
from autostable.repair import warm_start
from autostable.store import write_file
from autostable.story import HEALED, Story
from autostable.training.session import Session, Unstable

R = TypeVar("R")
SCHEMA = "autostable/trial-1"
RECORD = "autostable.json"
LOST = (SymptomKind.NONFINITE, SymptomKind.ERROR, SymptomKind.STALLED)  # what a model cannot be scored after


class LostTrial(Exception):
    """A trial that went bad and could not be repaired; its text says why."""


class WatchedTrial:
    """What happened to the trainings of one trial."""

    def __init__(self, session: Session, lost: Callable[[str], Exception] | None = None) -> None:
        self._session = session
        self._lost = lost
        self._from = len(session.stories)

    def run(self, call: Callable[[], R]) -> R:
        """Run the trial; again, with one plan after the other, where it goes bad and cannot be rewound."""
        from autostable.training import again  # it arms sessions, whose hooks know trials

        lost = self._lost
        return call() if lost is None else again.conducted(self._session, call, lambda story: lost(words(story)))

    @property
    def stories(self) -> list[Story]:
        """The trainings of this trial so far."""
        return self._session.stories[self._from :]

    @property
    def sick(self) -> list[Story]:
        """Those that went wrong, the worst first."""
        order = {Verdict.UNREPAIRED: 0, Verdict.REPAIRED: 1}
        return sorted((story for story in self.stories if story.verdict in order), key=lambda each: order[each.verdict])

    @property
    def message(self) -> str | None:
        """One line for the sweep's own record; None for a healthy trial."""
        return words(self.sick[0]) if self.sick else None


def words(story: Story) -> str:
    """What happened to a training, in one line."""
    cause = f" ({story.causes[0].code})" if story.causes else ""
    if story.verdict is Verdict.REPAIRED:
        plan = " + ".join(remedy.name for remedy in story.plan)
        return f"{HEALED} this trial with {plan}{cause}"
    kind = story.symptom.kind if story.symptom is not None else "bad"
    return f"autostable could not repair this trial: it is {kind}{cause}, tried {max(0, len(story.attempts) - 1)} plans"


@contextlib.contextmanager
def watched(session: Session, folder: Path | None, trial_id: str, *,
            lost: Callable[[str], Exception] = LostTrial) -> Iterator[WatchedTrial]:  # fmt: skip
    """Watch one trial: what cannot be repaired ends the trial, not the program.

    Args:
        session: The session that is armed.
        folder: The trial's own folder, where its record goes; its siblings' records are learnt from.
        trial_id: Its name.
        lost: Makes the exception that ends a trial whose model cannot be scored.
    """
    if session.lost is not None:  # a trial within a trial
        yield WatchedTrial(session)
        return
    trial = WatchedTrial(session, lost)
    before = session.orders
    session.orders = dataclasses.replace(before, stop_unhealthy=False, sweep=True)
    session.lost = lambda story: _ending(story, lost)
    if session.kin is None:
        session.kin = warm_start.Kin()
    session.peers = session.peers or Peers()
    if folder is not None:
        _learn_from_siblings(session, folder)
    try:
        yield trial
    finally:
        session.orders, session.lost = before, None
        if session.kin is not None:
            for lesson in (lesson for story in trial.stories for lesson in warm_start.lessons(story)):
                session.kin.learn(lesson)
        if folder is not None:
            session.known_trials.add(folder.name)
            keep(folder, trial_id, trial)


def _ending(story: Story, lost: Callable[[str], Exception]) -> BaseException | None:
    """What ends a trial whose training was not repaired; None where its model can be scored all the same."""
    if story.asks_fresh:
        return Unstable(story)
    return lost(words(story)) if story.symptom is None or story.symptom.kind in LOST else None


def keep(folder: Path, trial_id: str, trial: WatchedTrial) -> None:
    """Write the record of a trial that went wrong; take an older one away from a trial that is healthy now."""
    if not trial.sick:
        (folder / RECORD).unlink(missing_ok=True)
        return
    write_file(folder / RECORD, json.dumps(record_of(trial_id, trial.sick), indent=1, allow_nan=False) + "\n")


def record_of(trial_id: str, sick: list[Story]) -> dict[str, Any]:
    """A trial as its record tells it: the worst of its trainings first."""
    story = sick[0]
    return {
        "schema": SCHEMA,
        "trial_id": trial_id,
        "verdict": str(story.verdict),
        "message": words(story),
        "symptom": to_json(story.symptom),
        "causes": to_json(story.causes),
        "plan": to_json(story.plan),
        "attempts": [to_json(_short(attempt)) for each in sick for attempt in each.attempts],
        "cost": _cost(sick),
        "lessons": to_json([lesson for each in sick for lesson in warm_start.lessons(each)]),
    }


def _short(attempt: Attempt) -> Attempt:
    return dataclasses.replace(attempt, curve=())


def _cost(sick: list[Story]) -> dict[str, Any]:
    total = sum(attempt.steps for story in sick for attempt in story.attempts)
    full = sum(story.full for story in sick)
    return {
        "steps_total": total,
        "steps_full_run": full,
        "ratio": round(total / full, 4) if full else 0.0,
        "seconds": round(sum(story.seconds for story in sick), 3),
    }


def _learn_from_siblings(session: Session, folder: Path) -> None:
    """Trials of other processes (and of earlier ones) have left their lessons in their folders."""
    assert session.kin is not None
    for file in sorted(folder.parent.glob(f"trial_*/{RECORD}")):
        if file.parent.name in session.known_trials or file.parent == folder:
            continue
        session.known_trials.add(file.parent.name)
        try:
            value = json.loads(file.read_text(encoding="utf-8"))
            found = [from_json(each, warm_start.Lesson) for each in value["lessons"]]
        except (OSError, ValueError, KeyError):
            continue  # another version's record teaches nothing
        for lesson in found:
            session.kin.learn(lesson)


def judged(stories: Sequence[Story], metrics: Mapping[str, float]) -> tuple[str, str]:
    """Verdict and message for a configuration of a sweep: "sound", "repaired" or "hopeless"."""
    unrepaired = [story for story in stories if story.verdict is Verdict.UNREPAIRED]
    if unrepaired:
        return "hopeless", words(unrepaired[0])
    bad = [name for name, value in metrics.items() if not math.isfinite(value)]
    if bad:
        return "hopeless", f"its training is sound, but {bad[0]} is {metrics[bad[0]]}"
    repaired = [story for story in stories if story.verdict is Verdict.REPAIRED]
    return ("repaired", words(repaired[0])) if repaired else ("sound", "trained well when run again")


def told(stories: Sequence[Story]) -> dict[str, Any]:
    """What the record of a configuration says of its trainings; the worst gives symptom and causes."""
    order = {Verdict.UNREPAIRED: 0, Verdict.REPAIRED: 1}
    sick = sorted((story for story in stories if story.verdict in order), key=lambda story: order[story.verdict])
    if not sick:
        return {}
    return {
        "symptom": sick[0].symptom,
        "causes": sick[0].causes,
        "plan": sick[0].plan,
        "attempts": max(0, sum(len(story.attempts) - 1 for story in sick)),
        "steps": sum(attempt.steps for story in sick for attempt in story.attempts),
        "full": sum(story.full for story in sick),
        "lessons": tuple(lesson for story in sick for lesson in warm_start.lessons(story)),
    }

"""After a repair: keras-tuner searches the strengths of the plan for the lowest loss among runs that hold.

Each trial is a whole run of the target, unseen, with a point's plans in force. What a run gave is kept in a journal
beside the oracle's project, so that the same command goes on where it was and spends no run twice. The last run is
always one with the plan that is reported, for the script may write files: those of a trial must not be left behind.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import filelock

from autostable import registry
from autostable.execution.job import Outcome
from autostable.execution.space import Levels, Space, score, space_of
from autostable.figures import loss_figure
from autostable.orders import Orders
from autostable.records import Attempt, Plan, Verdict, from_json, to_json
from autostable.store import write_file
from autostable.story import Story

BETTER = 0.97  # what another strength must bring the loss down to, to take the found one's place
JOURNAL, LOCK = "trials.json", "lock"
NOTHING = "Nothing was tuned: the plan's remedies have no other strengths under which the loss means the same."
BUSY = "Nothing was tuned: another call is searching the strengths of this very plan."

Rerun = Callable[[Orders, bool], Outcome]


@dataclasses.dataclass(frozen=True)
class Trial:
    """A run of the target with plans in force.

    Attributes:
        attempts: The attempt of each training that was seen, by its number.
        why: Why the plans do not hold; empty where they do.
    """

    plans: Mapping[str, Plan]
    attempts: Mapping[str, Attempt]
    why: str = ""

    def yardsticks(self) -> dict[str, float] | None:
        """Those of the trainings with a plan; None where one has none."""
        found = {}
        for key in self.plans:
            value = self.attempts[key].yardstick if key in self.attempts else None
            if self.why or value is None or not math.isfinite(value):
                return None
            found[key] = value
        return found


@dataclasses.dataclass(frozen=True)
class Tuned:
    """What a search gave.

    Attributes:
        stories: With the best plans and all attempts.
        note: What was searched, and what came of it.
        interrupted: By the user; nothing more should be run.
    """

    stories: list[Story]
    note: str
    interrupted: bool = False


def tuned(
    stories: Sequence[Story], rerun: Rerun, orders: Orders, *, runs: int, folder: Path, identity: Any,
    seconds: float | None = None,
) -> Tuned:  # fmt: skip
    """Search the strengths of repaired trainings' plans.

    Args:
        stories: Of the program, as the repair left them.
        rerun: Runs the program with these orders; True: unseen.
        orders: What the repair was asked for.
        runs: At most so many trials, those of earlier searches with the same identity counted.
        folder: Holds a folder for each search.
        identity: JSON that says what was run and on what; another one begins a search of its own.
        seconds: No trial is started that would leave no time within these for the last run.
    """
    space = space_of(stories)
    begun = Trial(space.found, {str(story.number): full for story in stories if (full := _full(story)) is not None})
    if not space.dials or begun.yardsticks() is None:
        return Tuned(list(stories), NOTHING)
    digest = hashlib.sha256(json.dumps([identity, to_json(space), orders.seed], sort_keys=True).encode()).hexdigest()
    place = folder / digest[:16]
    place.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(place / LOCK, timeout=0):
            journal = Journal(place / JOURNAL)
            return Search(list(stories), rerun, orders, space, begun, journal, runs, seconds).conduct(place)
    except filelock.Timeout:
        return Tuned(list(stories), BUSY)


def _full(story: Story) -> Attempt | None:
    """The run of a story's plan that the repair rests on."""
    fulls = [each for each in story.attempts if each.kind == "full" and each.stable and each.plan == story.plan]
    return fulls[-1] if fulls else None


class Journal:
    """The trials of a search, kept as they come. A file that cannot be read counts for nothing."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.trials: list[Trial] = []
        with contextlib.suppress(OSError, ValueError):
            self.trials = [from_json(each, Trial) for each in json.loads(file.read_text(encoding="utf-8"))]
        self.earlier = len(self.trials)

    def add(self, trial: Trial) -> None:
        """Keep one more."""
        self.trials.append(trial)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_file(self._file, json.dumps(to_json(self.trials), allow_nan=False))

    def of(self, plans: Mapping[str, Plan]) -> Trial | None:
        """The trial of these plans, where there was one."""
        return next((trial for trial in self.trials if to_json(dict(trial.plans)) == to_json(dict(plans))), None)


class Search:
    """One search over the strengths of a program's plans."""

    def __init__(
        self, stories: list[Story], rerun: Rerun, orders: Orders, space: Space, begun: Trial, journal: Journal, runs: int,
        seconds: float | None,
    ) -> None:  # fmt: skip
        self._stories, self._rerun, self._orders = stories, rerun, orders
        self._space, self._begun, self._journal, self._runs = space, begun, journal, runs
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._longest = sum(attempt.seconds for attempt in begun.attempts.values())
        self._ran: list[Trial] = []  # in this process, the last run included

    def conduct(self, folder: Path) -> Tuned:
        """Search, then run the best plan once more, with the script's output shown."""
        try:
            self._search(folder)
            return self._settled()
        except KeyboardInterrupt:
            note = (
                f"{self._tried()}, then it was interrupted; the plan found stays. The same command goes on from there. "
            )
            note += "What the script writes may now be that of another strength."
            return Tuned(self._told(self._space.found), note, interrupted=True)

    def _search(self, folder: Path) -> None:
        if not self._may_run():
            return
        oracles = _oracles()
        oracle = oracles.opened(self._space, self._runs, self._orders.seed, folder)
        while self._may_run() and (trial := oracles.asked(oracle)) is not None:
            given = self._trial(trial.hyperparameters.values)
            yardsticks = given.yardsticks()
            oracles.answer(oracle, trial, None if yardsticks is None else self._score(yardsticks), given.why)

    def _may_run(self) -> bool:
        late = self._deadline is not None and time.monotonic() + 2 * self._longest > self._deadline
        return not late and len(self._journal.trials) < self._runs

    def _trial(self, levels: Levels) -> Trial:
        """What a point gives: known where it was run before, or was found."""
        plans = self._space.plans(levels)
        known = self._begun if plans == self._space.found else self._journal.of(plans)
        if known is None:
            known = self._run(plans, quiet=True)
            self._journal.add(known)
        return known

    def _run(self, plans: Mapping[str, Plan], *, quiet: bool) -> Trial:
        began = time.monotonic()
        orders = dataclasses.replace(
            self._orders, repair=False, plans={**self._orders.plans, **plans}, capsule=None, stop_unhealthy=True
        )  # fmt: skip
        outcome = self._rerun(orders, quiet)
        if outcome.ended == "interrupted":
            raise KeyboardInterrupt
        seconds = time.monotonic() - began
        self._longest = max(self._longest, seconds)
        self._ran.append(_trial_of(outcome, plans, seconds))
        return self._ran[-1]

    # -- the end -----------------------------------------------------------------------------------

    def _settled(self) -> Tuned:
        best = self._best()
        if best is not None:
            last = self._run(best, quiet=False)
            yardsticks = last.yardsticks()
            if yardsticks is not None and self._score(yardsticks) < 0:
                return Tuned(
                    self._told(best), f"{self._tried()}; the best: {self._words(best)}, {self._gain(yardsticks)}."
                )
            note = (
                f"{self._tried()}; the best, {self._words(best)}, was no better when run again: the plan found stays."
            )
        else:
            note = f"{self._tried()}; none is clearly better than the one found."
        if self._ran and (why := self._run(self._space.found, quiet=True).why):  # what it wrote is there again
            note += f" Run once more, the plan found did not hold: {why}."
        return Tuned(self._told(self._space.found), note)

    def _score(self, yardsticks: Mapping[str, float]) -> float:
        begun = self._begun.yardsticks()
        assert begun is not None
        return score(begun, yardsticks)

    def _gain(self, yardsticks: Mapping[str, float]) -> str:
        begun = self._begun.yardsticks()
        assert begun is not None
        if len(begun) == 1:
            (before,), (now,) = begun.values(), yardsticks.values()
            return f"loss {loss_figure(now)} in place of {loss_figure(before)}"
        return f"the losses change by {self._score(yardsticks):+.1%} on average"

    def _best(self) -> Mapping[str, Plan] | None:
        """The best plans, if they are clearly better than those found."""
        scored = [
            (self._score(yardsticks), index)
            for index, trial in enumerate(self._journal.trials)
            if (yardsticks := trial.yardsticks()) is not None
        ]
        lowest, index = min(scored, default=(0.0, 0))
        return self._journal.trials[index].plans if lowest <= BETTER - 1 else None

    def _told(self, plans: Mapping[str, Plan]) -> list[Story]:
        """The stories with these plans, and with what each run in this process came to."""
        return [
            dataclasses.replace(
                story,
                plan=plans.get(str(story.number), story.plan),
                attempts=(
                    *story.attempts,
                    *(trial.attempts[key] for trial in self._ran if (key := str(story.number)) in trial.attempts),
                ),
            )
            for story in self._stories
        ]

    def _tried(self) -> str:
        trials = self._journal.trials
        text = f"Tuning tried {len(trials)} of {self._space.size - 1} other strengths of the plan"
        failed = sum(trial.yardsticks() is None for trial in trials)
        remarks = [f"{self._journal.earlier} in earlier runs"] if self._journal.earlier else []
        remarks += [f"{failed} did not hold"] if failed else []
        return f"{text} ({', '.join(remarks)})" if remarks else text

    def _words(self, plans: Mapping[str, Plan]) -> str:
        """The remedies of these plans whose strength is another one than was found."""
        changed = [
            step
            for key, plan in plans.items()
            for step, found in zip(plan, self._space.found[key], strict=True)
            if to_json(step) != to_json(found)
        ]
        return ", ".join(registry.remedy(step.name).describe(step.parameters) for step in changed)


def _trial_of(outcome: Outcome, plans: Mapping[str, Plan], seconds: float) -> Trial:
    """What a run came to."""
    bad = next((story for story in outcome.stories if story.verdict is Verdict.UNREPAIRED), None)
    attempts = {
        str(story.number): dataclasses.replace(story.attempts[-1], plan=plans.get(str(story.number), ()), kind="full")
        for story in outcome.stories
        if story.attempts
    }
    sick = next((attempt for key, attempt in attempts.items() if key in plans and not attempt.stable), None)
    why = ""
    if bad is not None:
        why = (bad.attempts[-1].why if bad.attempts else "") or "unstable"
    elif sick is not None:
        why = sick.why or sick.outcome
    elif outcome.ended != "finished":
        why = f"the script {outcome.ended}"
        attempts = {
            key: dataclasses.replace(attempt, outcome="crashed", yardstick=None, why=why)
            for key, attempt in attempts.items()
        }
    if not attempts:
        key, plan = next(iter(plans.items()))
        why = why or "no training was seen"
        attempts = {key: Attempt(plan, "full", "crashed", 0, seconds, why=why)}
    return Trial(plans, attempts, why)


def _oracles() -> ModuleType:
    """The part that imports keras-tuner, and TensorFlow with it, whose greetings are not ours to show."""
    with _without_stderr():
        from autostable.execution import oracles
    return oracles


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    """Native libraries write to the descriptor itself."""
    try:
        kept = os.dup(2)
    except OSError:  # closed, as for a service
        yield
        return
    try:
        with open(os.devnull, "wb") as sink:
            os.dup2(sink.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)

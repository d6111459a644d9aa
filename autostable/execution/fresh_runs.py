"""Repairs what cannot be rewound: each attempt is a fresh run of the target, cut short for probes."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence

from autostable.doing import LOCATING, Doing, named, seen_words
from autostable.evidence import Finding
from autostable.execution.job import FAILED, Outcome
from autostable.execution.runner import Runner, Stopped
from autostable.orders import Orders
from autostable.records import Attempt, Plan, Verdict
from autostable.repair import fresh
from autostable.repair.bench import GoesOn
from autostable.story import Story

FRESH = 1 << 20  # places of attempts by fresh runs, beyond those that a child tells of
MOST_KILLED = 2  # plans whose runs were ended from outside, each twice; then it is no matter of plans


def announce(first: Orders, orders: Orders, *, again: bool = False) -> None:
    """Draw a line, on the standard error, between what the script has printed and the run that counts.

    The output of the run that failed was shown as it came: a healthy one is not to be held back, and nobody
    knows beforehand which it will be.

    Args:
        first: Of the first run.
        orders: Of the one that begins now.
        again: One was said to count before, which does not.
    """
    names = [step.name for number, plan in orders.plans.items() if number not in first.plans for step in plan]
    before = "that run does not count; " if again else ""
    how = f"with {', '.join(names)}" if names else "as it is"
    print(f"autostable: ---- {before}the script is run again, {how}: this is the run that counts ----",
          file=sys.stderr, flush=True)  # fmt: skip


class FreshRepair:
    """Repairs a training that cannot be rewound: each attempt is a fresh run of the target, cut short for probes."""

    def __init__(self, runner: Runner, orders: Orders, story: Story, outcome: Outcome, *, announce: bool) -> None:
        self._runner = runner
        self._announce = announce
        self._orders = orders
        self._story = story
        self._outcome = outcome
        self._last: Outcome | None = None
        self._failure = fresh.LastFailure()
        self._attempts: list[Attempt] = []
        self._killed = 0
        self._others = {each.number: each for each in outcome.stories if each.plan and each.number != story.number}

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._failure.located(plan)

    def conduct(self) -> tuple[Outcome, list[Story]]:
        """Find the line, find a plan, run it to the end with the script's output shown.

        Raises:
            Stopped: If something from outside has ended it; see `so_far`.
        """
        story = fresh.repaired(self, self._story, self._orders, rerun=self._rerun)
        outcome = self._last if story.verdict is Verdict.REPAIRED and self._last is not None else self._outcome
        return outcome, self._with(outcome, story)

    def so_far(self) -> list[Story]:
        """The stories as they are known where the search was stopped."""
        attempts = (*self._story.attempts, *self._attempts)
        return self._with(self._outcome, dataclasses.replace(self._story, attempts=attempts))

    def _with(self, outcome: Outcome, story: Story) -> list[Story]:
        """The stories of a run, this one in its place; of those that were repaired before, how that was done."""
        others = (other for other in outcome.stories if other.number != story.number)
        return [*(self._others.get(other.number, other) for other in others), story]

    def _plans(self) -> dict[str, Plan]:
        """Plans that are in force in every run: those that were given, and those of the program's other trainings."""
        return {**self._orders.plans, **{str(number): other.plan for number, other in self._others.items()}}

    def _rerun(self, orders: Orders) -> Sequence[Story]:
        asked = dataclasses.replace(orders, plans={**self._plans(), **orders.plans}, stop_unhealthy=True)
        self._runner.show.begin(Doing(LOCATING, seen=seen_words(self._story.symptom), shown=False))
        try:
            return self._runner.run_again(asked, quiet=True).stories
        finally:
            self._runner.show.end()

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        names, seen, show = named(plan), seen_words(self._story.symptom), self._runner.show
        show.begin(Doing(kind, names, steps=steps, seen=seen, shown=kind != "probe"))
        try:
            self._attempts.append(self._attempt(plan, kind, steps))
        finally:
            show.end()
        show.tried(self._attempts[-1], (self._story.number, FRESH + len(self._attempts)))
        return self._attempts[-1]

    def _attempt(self, plan: Plan, kind: str, steps: int | None) -> Attempt:
        orders = dataclasses.replace(
            self._orders, repair=False, plans={**self._plans(), str(self._story.number): plan}, probe=steps,
            probed=self._story.number, capsule=None, stop_unhealthy=True,
        )  # fmt: skip
        began = time.monotonic()
        probe = kind == "probe"
        if not probe and self._announce:
            announce(self._orders, orders, again=self._last is not None)
        outcome = self._runner.run_again(orders, quiet=probe, seconds=self._orders.seconds if probe else None)
        self._killed += outcome.ended == "killed"
        if self._killed >= MOST_KILLED:
            raise Stopped("The search was stopped: runs under several plans were ended from outside.")
        if kind == "full":
            self._last = outcome
        mine = next((story for story in outcome.stories if story.number == self._story.number), None)
        self._failure.note(plan, mine)
        failed = "timed-out" if outcome.ended in ("timed-out", "stalled") else "crashed"
        why = _why(outcome)
        if mine is None or not mine.attempts:
            return Attempt(plan, kind, failed, 0, time.monotonic() - began, why=why)
        attempt = dataclasses.replace(mine.attempts[-1], plan=plan, kind=kind)
        if outcome.ended in FAILED:
            return dataclasses.replace(attempt, outcome=failed, yardstick=None, why=why)
        return attempt


def _why(outcome: Outcome) -> str:
    """Why an attempt failed whose run did."""
    told = outcome.ended in ("died", "killed", "stalled") and outcome.notes
    return outcome.notes[0].rstrip(".") if told else f"the script {outcome.ended}"

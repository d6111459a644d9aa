"""The repair of a training that cannot be rewound: every attempt is a fresh run of the program. Pure.

Who runs the program, a child process or a call of the user's function, is the bench's matter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from autostable import registry
from autostable.evidence import Finding
from autostable.judgement import cure
from autostable.orders import Orders
from autostable.records import Attempt, Learning, Plan, SymptomKind, Verdict
from autostable.repair import proof
from autostable.repair.bench import Bench, GoesOn
from autostable.repair.search import search
from autostable.repair.warm_start import Kin
from autostable.story import Story


def repaired(
    bench: Bench, story: Story, orders: Orders, rerun: Callable[[Orders], Sequence[Story]], kin: Kin | None = None
) -> Story:  # fmt: skip
    """Find the line where it is not known yet, find a plan, run it to the end.

    Args:
        bench: Attempts plans by fresh runs.
        story: The failed training.
        orders: What was asked for.
        rerun: Runs the program once more, unseen, and gives its stories.
        kin: What cured others of its sweep.

    Returns:
        The story with its new verdict, plan and attempts.
    """
    story = _located(story, orders, rerun)
    if story.evidence is None or story.symptom is None:
        return story
    baseline = story.attempts[0]
    learning = baseline.learning if story.symptom.kind == SymptomKind.USELESS else None
    suspect = _is_suspect(story)
    vouched = story.finding is not None  # what overflowed is at fault, whatever there may be to learn
    compared = bench if learning is None else _Compared(bench, learning, strict=suspect and not vouched)
    result = search(
        compared, baseline, story.symptom, story.causes, story.evidence, orders, kin=kin, suspect=suspect,
        full=story.full or None,  # of one that did not come to its end it is not known
    )  # fmt: skip
    attempts = (*story.attempts, *result.attempts)
    if (result.plan is None or result.final is None) and suspect:
        if any(attempt.kind == "full" for attempt in result.attempts):
            rerun(dataclasses.replace(orders, repair=False))  # what it leaves behind shall be its own
        return _left_alone(story, attempts)
    if result.plan is None or result.final is None:
        notes = story.notes if result.attempts else (*story.notes, "No remedy applies: only the owner can decide.")
        full = max((attempt.steps for attempt in attempts), default=0)
        causes = proof.in_vain(story.causes, attempts, story.evidence)
        return dataclasses.replace(story, attempts=attempts, notes=notes, full=full, causes=causes)
    notes = (*story.notes, *filter(None, [result.final.why]))  # how many steps were skipped
    return dataclasses.replace(
        story, verdict=Verdict.REPAIRED, plan=result.plan, attempts=attempts, full=result.final.steps, asks_fresh=False,
        notes=notes, causes=proof.settled(story.causes, attempts, result.plan),
    )  # fmt: skip


def waiting(stories: Sequence[Story]) -> Story | None:
    """The training that asks for fresh runs, what is sick before what is suspect; None where none does."""
    asking = [story for story in stories if story.asks_fresh]
    return min(asking, key=_is_suspect, default=None)


def _is_suspect(story: Story) -> bool:
    return story.verdict is Verdict.HEALTHY


def settled(stories: Sequence[Story]) -> list[Story]:
    """The stories; suspects for which no plan was tried are healthy."""
    return [
        _left_alone(story, story.attempts) if story.asks_fresh and _is_suspect(story) else story for story in stories
    ]


def _left_alone(story: Story, attempts: tuple[Attempt, ...]) -> Story:
    """The story of a suspect that no plan has cured, or for which none was tried."""
    assert story.symptom is not None
    judged = str(story.symptom.evidence["judged"])
    tried = ("No remedy that was tried changed that; it was left as it was.",) if len(attempts) > 1 else ()
    return dataclasses.replace(
        story, symptom=None, causes=(), warnings=story.causes, attempts=attempts, full=story.attempts[0].steps,
        notes=(*story.notes, f"{judged[0].upper()}{judged[1:]}.", *tried), asks_fresh=False, evidence=None,
    )  # fmt: skip


class _Compared:
    """Attempts plans of a training that learnt too little: only what changes its state passes.

    Args:
        bench: Runs them.
        baseline: What the training had learnt.
        strict: What cannot be told does not pass either: a suspect is sick only if a plan cures it.
    """

    def __init__(self, bench: Bench, baseline: Learning, *, strict: bool) -> None:
        self._bench, self._baseline, self._strict = bench, baseline, strict

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        attempt = self._bench.attempt(plan, kind=kind, steps=steps)
        if kind != "full" or not attempt.stable:
            return attempt
        setup = registry.setup_of(plan)
        cured = cure.between(
            self._baseline, attempt.learning, same_loss=not setup.changes_loss, takes_away=setup.takes_away
        )
        if cured.yes or (cured.unknown and not self._strict):
            return attempt
        return dataclasses.replace(
            attempt, learnt=False, passes=False, why=attempt.why or f"finite, but {cured.why or 'no gain to speak of'}"
        )

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._bench.located(plan)


class LastFailure:
    """Where the fresh run that was the last has failed, for a bench that attempts plans by such runs."""

    def __init__(self) -> None:
        self._last: tuple[Plan, Finding | None] = ((), None)

    def note(self, plan: Plan, story: Story | None) -> None:
        """Keep what the story of a run under a plan tells."""
        self._last = plan, None if story is None else story.finding

    def located(self, plan: Plan) -> Finding | None:
        """The first bad operation of the attempt that was run last; None where it was of another plan, or had none."""
        last, finding = self._last
        return finding if last == plan else None


def _located(story: Story, orders: Orders, rerun: Callable[[Orders], Sequence[Story]]) -> Story:
    """The story with the line of a loop's failure: another run, every operation of that step recorded.

    Weights are read now and then: where they were bad before the step, the run that looks at every step tells which it was.
    """
    if (
        not _unlocated(story)
        or story.kind == "fit"
        or story.symptom is None
        or story.symptom.kind != SymptomKind.NONFINITE
    ):
        return story  # what ended by itself failed in no step of its own
    asked = dataclasses.replace(orders, repair=False, locate=story.symptom.step)
    found = _numbered(rerun(asked), story.number)
    if found is not None and found.symptom is not None and _unlocated(found) and found.symptom.step != asked.locate:
        found = _numbered(rerun(dataclasses.replace(asked, locate=found.symptom.step)), story.number)
    if found is None or found.finding is None:
        return story
    attempts = [dataclasses.replace(attempt, why="run again to find the line") for attempt in found.attempts]
    return dataclasses.replace(
        story,
        finding=found.finding,
        causes=found.causes,
        evidence=found.evidence,
        attempts=(*story.attempts, *attempts),
    )


def _unlocated(story: Story) -> bool:
    """Whether all that is known is that something was bad before the step."""
    return story.finding is None or story.finding.op == "Variable"


def _numbered(stories: Sequence[Story], number: int) -> Story | None:
    return next((story for story in stories if story.number == number), None)

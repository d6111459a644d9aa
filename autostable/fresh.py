"""The repair of a training that cannot be rewound: every attempt is a fresh run of the program. Pure.

Who runs the program, a child process or a call of the user's function, is the bench's matter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from autostable.controller import Bench
from autostable.kin import Kin
from autostable.orders import Orders
from autostable.records import Verdict
from autostable.search import search
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
    baseline, useless = story.attempts[0], story.symptom.kind == "useless"
    result = search(
        bench, baseline, story.symptom, story.causes, story.evidence, orders, kin=kin,
        full=baseline.steps if useless else None,  # a useless run came to its end
    )  # fmt: skip
    attempts = (*story.attempts, *result.attempts)
    if result.plan is None or result.final is None:
        notes = story.notes if result.attempts else (*story.notes, "No remedy applies: only the owner can decide.")
        full = max((attempt.steps for attempt in attempts), default=0)
        return dataclasses.replace(story, attempts=attempts, notes=notes, full=full)
    notes = (*story.notes, *filter(None, [result.final.why]))  # how many steps were skipped
    return dataclasses.replace(
        story, verdict=Verdict.REPAIRED, plan=result.plan, attempts=attempts, full=result.final.steps, asks_fresh=False,
        notes=notes,
    )  # fmt: skip


def _located(story: Story, orders: Orders, rerun: Callable[[Orders], Sequence[Story]]) -> Story:
    """The story with the line of an eager loop's failure: a second run, every operation of that step recorded."""
    if story.finding is not None or story.kind != "loop" or story.symptom is None:
        return story
    again = rerun(dataclasses.replace(orders, repair=False, locate=story.symptom.step))
    found = next((other for other in again if other.number == story.number), None)
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

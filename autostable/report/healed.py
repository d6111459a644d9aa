"""What was done while a training went on, for a screen of few lines."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autostable.records import Intervention
from autostable.report import words

_STEP = 7  # columns of the step
HEADER = f"{'step':>{_STEP}}  what was done, what it cost, and why"
Rows = list[tuple[str, bool]]  # a line, and whether it is said softly


def summary(interventions: Sequence[Intervention]) -> str:
    """How often what was done, and what all of it cost: "2 batches left out (95 steps again), 1.7 s"."""
    seconds = math.fsum(each.seconds for each in interventions)
    return f"{words.counted(interventions)}, {words.seconds_words(seconds)}"


def rows(interventions: Sequence[Intervention], width: int, most: int) -> Rows:
    """A line for each intervention, and one for its reason where that is new; at most so many lines.

    Args:
        interventions: What was done, oldest first.
        width: Characters of a line.
        most: Lines.
    """
    found = [_row(each, width) for each in interventions]
    reasons = [_reason(each, width) for each in interventions]
    told = [
        [row] if place and reason == reasons[place - 1] else [row, reason]
        for place, (row, reason) in enumerate(zip(found, reasons, strict=True))
    ]
    if sum(map(len, told)) <= most:
        return [line for lines in told for line in lines]
    if len(found) <= most:
        return found
    first = (most - 1) // 2
    last = most - 1 - first
    left_out = len(found) - first - last
    return [*found[:first], (f"{'...':>{_STEP}}  {left_out} more: autostable show", True), *found[len(found) - last :]]


def _row(each: Intervention, width: int) -> tuple[str, bool]:
    cost = f"  ({words.intervention_cost(each)})"
    done = words.shorten(words.intervention_words(each, brief=True), max(12, width - _STEP - 2 - len(cost)))
    return f"{each.step:>{_STEP}}  {done}{cost}", False


def _reason(each: Intervention, width: int) -> tuple[str, bool]:
    return f"{'':>{_STEP}}  {words.shorten(each.reason, width - _STEP - 2)}", True

"""Ticks on a loss curve for what was done while the training went on, each with its words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from html import escape
from typing import Protocol

from autostable.records import Attempt, Intervention, Report
from autostable.report import words

_ROWS, _ROW = 6, 15  # lines of words above each other, and how far apart they are
_LETTER = 6.8  # how wide a letter is, about
_SHOWN = 44  # letters of the words that stand on the drawing; all of them are told where one points
_TICK, _GAP = 9, 4  # its height, and how far its words stand from it
Mark = tuple[float, str]


class Places(Protocol):
    """An axis, as far as marks need it (see `chart.Axis`)."""

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...

    def place(self, value: float) -> float:
        """Where a value lies."""


def of(intervention: Intervention) -> Mark:
    """The mark of what was done."""
    return float(intervention.step), words.intervention_words(intervention, brief=True)


def by_attempt(report: Report) -> Mapping[int, tuple[Intervention, ...]]:
    """By the number of an attempt what was done while it went on: trainings have their first runs in their order."""
    if not words.healed_in_flight(report):
        return {}
    first = [number for number, attempt in enumerate(report.attempts) if attempt.kind == "baseline"]
    found: dict[int, tuple[Intervention, ...]] = {}
    for each in report.interventions:
        place = each.training if len(first) > 1 else 0
        if place < len(first):
            found[first[place]] = (*found.get(first[place], ()), each)
    return found


def as_counted(attempt: Attempt, done: Sequence[Intervention]) -> Attempt:
    """The attempt in steps as the program counts them: what was trained on once more has no step of its own."""
    steps = attempt.steps - sum(each.steps_again for each in done)
    return dataclasses.replace(attempt, steps=max(steps, len(attempt.curve)))


def drawn(marks: Sequence[Mark], x: Places, y: Places) -> list[str]:
    """The ticks, and the words of as many as there is room for above each other.

    Args:
        marks: All of them.
        x: The axis of steps, from left to right.
        y: The axis of losses, from the bottom to the top.
    """
    parts = []
    taken: list[list[tuple[float, float]]] = [[] for _ in range(_ROWS)]
    for step, said in sorted(marks):
        across = x.place(max(1.0, step))
        title = f"<title>{escape(f'step {step:g}: {said}')}</title>"
        parts.append(f'<path class="heal" d="M{across},{y.start}v-{_TICK}">{title}</path>')
        room = max(across - x.start, x.end - across) - _GAP
        text = words.shorten(f"{step:g}: {said}", min(_SHOWN, int(room / _LETTER)))
        span, anchor = _beside(across, len(text) * _LETTER, x)
        row = next((place for place, others in enumerate(taken) if _is_free(span, others)), None)
        if row is None:
            continue
        taken[row].append(span)
        down = y.end + 12 + row * _ROW
        parts.append(f'<line class="healed" x1="{across}" x2="{across}" y1="{down - 10}" y2="{y.start}"/>')
        place = across + (_GAP if anchor == "start" else -_GAP)
        parts.append(f'<text class="heal" x="{place}" y="{down}" text-anchor="{anchor}">{escape(text)}{title}</text>')
    return parts


def _beside(across: float, wide: float, x: Places) -> tuple[tuple[float, float], str]:
    """From where to where words beside a tick reach, on the side that has more room."""
    if across > (x.start + x.end) / 2:
        return (across - _GAP - wide, across), "end"
    return (across, across + _GAP + wide), "start"


def _is_free(span: tuple[float, float], others: Sequence[tuple[float, float]]) -> bool:
    return all(span[1] < low or high < span[0] for low, high in others)

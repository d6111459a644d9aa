"""The configurations of a sweep as parallel coordinates (SVG): one line a configuration, one axis a hyperparameter."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from autostable.report.chart import Axis, axis_of

MOST_AXES = 6
_TOP, _BOTTOM, _SIDE = 40, 14, 70
_LABELS = 6  # choices of an axis that are named
_MOST_LINES = 400  # sound configurations that are drawn


@dataclasses.dataclass(frozen=True)
class Line:
    """One configuration.

    Attributes:
        config: Its hyperparameters.
        label: What is said where the pointer rests on it.
        group: Number of its group; None where it was sound from the start.
        usable: It can be used now.
        score: Of its training; None where it has none.
    """

    config: Mapping[str, Any]
    label: str
    group: int | None
    usable: bool
    score: float | None = None


@dataclasses.dataclass(frozen=True)
class _Choices:
    """An axis of choices: each has its place."""

    places: Mapping[str, float]

    def place(self, value: Any) -> float:
        return self.places[_text(value)]

    def ticks(self) -> list[tuple[float, str]]:
        every = max(1, math.ceil(len(self.places) / _LABELS))
        return [(place, text.strip('"')) for text, place in list(self.places.items())[::every]]


def drawn(lines: Sequence[Line], names: Sequence[str], metric: str | None, width: int, height: int, kind: str) -> str:
    """The drawing; empty where nothing differs.

    Args:
        lines: All configurations.
        names: Hyperparameters, in the order of their axes.
        metric: What the scores are of; None draws no axis for them.
        width: In units of its text.
        height: Likewise.
        kind: Its class in style sheets.
    """
    scores = [line.score for line in lines if line.score is not None and math.isfinite(line.score)]
    scored = metric is not None and len(set(scores)) > 1
    count = len(names) + scored
    if not names or count < 1:
        return ""
    apart = (width - 2 * _SIDE) / max(1, count - 1)
    axes: list[tuple[float, Any]] = []
    for place, name in enumerate(names):
        axes.append((_SIDE + place * apart, _axis([line.config[name] for line in lines], height)))
    drawn_axes = [_drawn_axis(across, axis, name) for (across, axis), name in zip(axes, names, strict=True)]
    parts: list[str] = []
    score_axis = axis_of(scores, height - _BOTTOM, _TOP, whole=False) if scored else None
    across = _SIDE + len(names) * apart
    if score_axis is not None:
        drawn_axes.append(_drawn_axis(across, score_axis, f"{metric} (score)"))
    sound = [line for line in lines if line.group is None][:_MOST_LINES]
    for line in [*sound, *(line for line in lines if line.group is not None)]:
        points = [(at, axis.place(line.config[name])) for (at, axis), name in zip(axes, names, strict=True)]
        if score_axis is not None and line.score is not None and math.isfinite(line.score):
            points.append((across, score_axis.place(line.score)))
        parts.append(_drawn_line(line, points))
    parts += drawn_axes  # their numbers lie on top
    return (
        f'<svg class="chart parallel {kind}" viewBox="0 0 {width} {height}" role="img" aria-label="Configurations">'
        + ("".join(parts) + "</svg>")
    )


def _axis(values: Sequence[Any], height: int) -> Axis | _Choices:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    finite = [float(value) for value in numbers if math.isfinite(value)]
    if len(finite) == len(values) and len(set(finite)) > _LABELS:
        return axis_of(finite, height - _BOTTOM, _TOP, whole=False)
    texts = list(dict.fromkeys(_text(value) for value in sorted(values, key=_order)))
    apart = (height - _BOTTOM - _TOP) / max(1, len(texts) - 1)
    return _Choices({text: height - _BOTTOM - place * apart for place, text in enumerate(texts)})


def _order(value: Any) -> tuple[bool, float, str]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return (not number, float(value) if number else 0.0, str(value))


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value, default=str)


def _drawn_axis(across: float, axis: Any, name: str) -> str:
    ticks = axis.ticks(5) if isinstance(axis, Axis) else axis.ticks()
    low, high = (axis.end, axis.start) if isinstance(axis, Axis) else (_TOP, max(axis.places.values()))
    shown = name if len(name) <= 22 else name[:20] + ".."
    parts = [
        f'<line class="axis" x1="{across:.1f}" x2="{across:.1f}" y1="{low}" y2="{high}"/>',
        f'<text class="name" x="{across:.1f}" y="18" text-anchor="middle">{escape(shown)}</text>',
    ]
    if isinstance(axis, Axis) and axis.logarithmic:
        parts.append(f'<text x="{across:.1f}" y="31" text-anchor="middle">(logarithmic)</text>')
    for place, text in ticks:
        cut = text if len(text) <= 9 else text[:8] + ".."
        parts.append(f'<text x="{across - 6:.1f}" y="{place + 4:.1f}" text-anchor="end">{escape(cut)}</text>')
    return "".join(parts)


def _drawn_line(line: Line, points: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
    group = "sound" if line.group is None else f"group g{line.group % 6}" + ("" if line.usable else " lost")
    if len(points) == 1:
        (across, down), *_ = points
        mark = f'<circle class="alone" cx="{across:.1f}" cy="{down:.1f}" r="5"/>'
    else:
        mark = f'<polyline points="{path}"/>'
    return f'<g class="{group}"><title>{escape(line.label)}</title>{mark}</g>'

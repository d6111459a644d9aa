"""Loss curves as a drawing (SVG): a few kilobytes, no script, light and dark by the page's own colours.

Not plotly, whose library alone is ten times the size that a page may have, and not without JavaScript: the story of a page
must be there in a mail, in print and in a notebook that runs no scripts.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from html import escape

from autostable.doing import joined, named
from autostable.figures import loss_figure
from autostable.records import Attempt, Intervention, Report, SymptomKind
from autostable.report import marks, words

LEFT, _RIGHT, _TOP, _BOTTOM = 62, 26, 30, 40  # margins, for the numbers of the axes
_DECADES = 1.7  # of values, from which on an axis is logarithmic
_HOVERS = 100  # points that say what they are, of all curves together
_AWAY = 100.0  # times the largest loss of the curves that held, and of all beginnings: as far as is drawn
_TONES = {"stable": "good", "unstable": "warn", "crashed": "bad", "timed-out": "warn"}


@dataclasses.dataclass(frozen=True)
class Curve:
    """The loss of one attempt.

    Attributes:
        number: Of the attempt, as tables have it.
        label: What it was.
        tone: "bad", "warn" or "good"; "quiet" where others matter more.
        points: (step, loss), finite.
        broke: Step from which on the loss is not finite; None where it stays so.
        strong: It is what the story is about.
        marks: (step, words): what was done while it went on.
    """

    number: int
    label: str
    tone: str
    points: tuple[tuple[float, float], ...]
    broke: float | None = None
    strong: bool = False
    marks: tuple[tuple[float, str], ...] = ()


def curves(report: Report) -> list[Curve]:
    """Those of all attempts that kept their losses."""
    found = []
    healing = marks.by_attempt(report)
    for number, attempt in enumerate(report.attempts):
        done = healing.get(number, ())
        kept = words.loss_curve(marks.as_counted(attempt, done))
        if not kept:
            continue
        if done:
            found.append(_healed(number, attempt, kept, done))
            continue
        points = tuple((step, loss) for step, loss in kept if math.isfinite(loss))
        broke = _broke(report, attempt, kept)
        baseline = attempt.kind == "baseline"
        tone = "bad" if baseline and report.symptom is not None else _TONES.get(attempt.outcome, "warn")
        label = f"{'first run' if baseline else attempt.kind}, {joined(named(attempt.plan))}: {attempt.outcome}"
        strong = baseline or attempt.kind == "full"
        found.append(Curve(number, label, tone, points, broke, strong))
    return found


def _healed(
    number: int, attempt: Attempt, kept: Sequence[tuple[int, float]], done: Sequence[Intervention]
) -> Curve:  # fmt: skip
    """The curve of a training that was gone on with: what was bad in it was undone, and is no part of it."""
    points = tuple((step, loss) for step, loss in kept if math.isfinite(loss))
    label = f"first run, healed while it went on: {attempt.outcome}"
    tone = _TONES.get(attempt.outcome, "warn")
    return Curve(number, label, tone, points, strong=True, marks=tuple(map(marks.of, done)))


def _broke(report: Report, attempt: Attempt, kept: Sequence[tuple[int, float]]) -> float | None:
    """The step in which a run went bad: as the symptom has it, else where its losses end to be finite."""
    symptom = report.symptom
    if attempt.kind == "baseline" and symptom is not None and symptom.kind == SymptomKind.NONFINITE:
        return float(symptom.step)
    return next((float(step) for step, loss in kept if not math.isfinite(loss)), None)


@dataclasses.dataclass(frozen=True)
class Axis:
    """One axis: from values to places.

    Attributes:
        low, high: Values at its ends, as logarithms where it is logarithmic.
        start, end: Places of these.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool

    def place(self, value: float) -> float:
        at = math.log10(value) if self.logarithmic else value
        share = (at - self.low) / ((self.high - self.low) or 1.0)
        return round(self.start + min(1.0, max(0.0, share)) * (self.end - self.start), 1)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Where it is marked, and with what."""
        if self.logarithmic:
            first, last = math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9)
            every = max(1, math.ceil((last - first + 1) / most))
            return [(self.place(10.0**power), _power(power)) for power in range(first, last + 1, every)]
        step = _round_step((self.high - self.low) / max(1, most - 1))
        first = math.ceil(self.low / step)
        values = [step * count for count in range(first, first + 2 * most) if step * count <= self.high * (1 + 1e-9)]
        return [(self.place(value), f"{value:,.6g}") for value in values]


def _power(power: int) -> str:
    return f"{10**power:,}" if 0 <= power <= 3 else f"{10.0**power:g}" if -3 <= power < 0 else f"1e{power}"


def _round_step(rough: float) -> float:
    """The next step above that reads well: 1, 2 or 5 times a power of ten."""
    if rough <= 0 or not math.isfinite(rough):
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def axis_of(values: Sequence[float], start: float, end: float, *, whole: bool) -> Axis:
    """An axis that all values fit on; logarithmic where they span decades.

    Args:
        values: All of them.
        start: Its place on the drawing.
        end: Likewise.
        whole: Values are counts, from 1: their axis needs no room at its ends.
    """
    low, high = min(values), max(values)
    if low > 0 and math.log10(high / low) > _DECADES:
        room = 0.0 if whole else 0.04 * math.log10(high / low)
        return Axis(math.log10(low) - room, math.log10(high) + room, start, end, True)
    room = 0.0 if whole else 0.06 * (high - low) or abs(high) or 1.0
    return Axis((0.0 if whole else low - room), high + room, start, end, False)


def drawn(found: Sequence[Curve], width: int = 900, height: int = 340, *, kind: str = "wide") -> str:
    """The drawing; empty where there is no finite loss to draw.

    Args:
        found: The curves.
        width: In the units of its text, which is 13 high.
        height: Likewise.
        kind: Its class in style sheets.
    """
    shown = [curve for curve in found if curve.points or curve.broke is not None]
    losses = [loss for curve in shown for _, loss in curve.points]
    if not losses:
        return ""
    steps = [max(1.0, step) for curve in shown for step, _ in curve.points]
    steps += [max(1.0, curve.broke) for curve in shown if curve.broke is not None]
    steps += [max(1.0, step) for curve in shown for step, _ in curve.marks]
    x = axis_of(steps, LEFT, width - _RIGHT, whole=True)
    y = axis_of(_near(losses, shown), height - _BOTTOM, _TOP, whole=False)
    parts = [*_grid(x, y, width, height)]
    parts += marks.drawn([mark for curve in shown for mark in curve.marks], x, y)
    labels: list[tuple[float, float]] = []
    for curve in sorted(shown, key=lambda each: each.strong):  # what matters lies on top
        parts.append(_curve(curve, x, y, labels, max(4, _HOVERS // len(shown))))
    name = f"Loss over steps of {len(shown)} attempt{'s' * (len(shown) != 1)}"
    return (
        f'<svg class="chart {kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{name}">'
        + "".join(parts)
        + "</svg>"
    )


def _near(losses: Sequence[float], shown: Sequence[Curve]) -> list[float]:
    """The losses without what ran away: it leaves at the top, and must not press flat what the story is about."""
    usual = [loss for curve in shown if curve.tone == "good" for _, loss in curve.points]
    usual += [curve.points[0][1] for curve in shown if curve.points]
    most = max(usual)
    limit = most * _AWAY if most > 0 else math.inf
    return [loss for loss in losses if loss <= limit]


def _grid(x: Axis, y: Axis, width: int, height: int) -> list[str]:
    parts = []
    for place, text in y.ticks(6):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{width - _RIGHT}" y1="{place}" y2="{place}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{place + 4}" text-anchor="end">{text}</text>')
    for place, text in x.ticks(max(3, width // 130)):
        parts.append(f'<line class="grid" x1="{place}" x2="{place}" y1="{_TOP}" y2="{height - _BOTTOM}"/>')
        parts.append(f'<text x="{place}" y="{height - _BOTTOM + 17}" text-anchor="middle">{text}</text>')
    kind = " (logarithmic)" if x.logarithmic else ""
    parts.append(f'<text x="{(LEFT + width - _RIGHT) / 2}" y="{height - 6}" text-anchor="middle">step{kind}</text>')
    parts.append(f'<text x="4" y="14">loss{" (logarithmic)" if y.logarithmic else ""}</text>')
    return parts


def _curve(curve: Curve, x: Axis, y: Axis, labels: list[tuple[float, float]], hovers: int) -> str:
    places = [(x.place(max(1.0, step)), y.place(loss)) for step, loss in curve.points]
    label = escape(f"{curve.number}: {curve.label}")
    parts = []
    if len(places) > 1:
        line = " ".join(f"{across},{down}" for across, down in places)
        parts.append(f'<polyline points="{line}"><title>{label}</title></polyline>')
    every = max(1, math.ceil(len(places) / hovers))
    told = list(zip(places, curve.points, strict=True))
    for (across, down), (step, loss) in [*told[::every], *told[-1:]]:
        mark = ' class="alone"' if len(places) == 1 else ""
        parts.append(
            f'<circle{mark} cx="{across}" cy="{down}" r="6">'
            f"<title>{curve.number}: step {step:g}, loss {loss_figure(loss)}</title></circle>"
        )
    if curve.broke is not None:
        across = x.place(max(1.0, curve.broke))
        down = places[-1][1] if places else y.end
        parts.append(f'<line class="fall" x1="{across}" x2="{across}" y1="{y.end}" y2="{y.start}"/>')
        said = f"{label}\nnot finite from step {curve.broke:g} on"
        parts.append(
            f'<path class="cross" d="M{across - 6},{down - 6}l12,12m0,-12l-12,12"><title>{said}</title></path>'
        )
        if curve.strong:
            side, gap = ("end", -9) if across > (x.start + x.end) / 2 else ("start", 9)
            parts.append(
                f'<text class="bad" x="{across + gap}" y="{y.end + 12}" text-anchor="{side}">'
                f"bad step {curve.broke:g}</text>"
            )
    if places and curve.broke is None:
        across, down = places[-1]
        free = (down + side * 13 * rank for rank in range(8) for side in (1, -1))
        inside = [at for at in free if y.end <= at <= y.start]
        down = next(
            (at for at in inside if not any(abs(across - o) < 18 and abs(at - p) < 13 for o, p in labels)), down
        )
        labels.append((across, down))
        parts.append(f'<text class="end" x="{across + 7}" y="{down + 4}">{curve.number}</text>')
    strong = " strong" if curve.strong else ""
    return f'<g class="curve {curve.tone}{strong}">' + "".join(parts) + "</g>"

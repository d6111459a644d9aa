"""The report of a repaired sweep as a page with a plot."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from autostable._version import __version__
from autostable.records import Code
from autostable.report import words
from autostable.report.html import plotly_script, template
from autostable.sweeps import summary
from autostable.sweeps.items import Outcome
from autostable.sweeps.summary import Group

COLOURS = ("#d62728", "#ff7f0e", "#9467bd", "#8c564b", "#e377c2", "#17becf")
SOUND = "#8a94a3"  # of points, and of text that is to be read on light and dark
_CODES = {str(code) for code in Code}
_TONES = {"repaired": "good", "sound": "good", "hopeless": "bad", "raised": "warn"}


def render(name: str, found: Sequence[Group], sound: Sequence[Mapping[str, Any]]) -> str:
    """A page that needs no network: groups by cause, what to avoid, and the configurations as points and as rows."""
    outcomes = [outcome for group in found for outcome in group.outcomes]
    usable = sum(outcome.usable for outcome in outcomes)
    plot = _plot(found, sound)
    return template("sweep.html.jinja").render(
        name=name,
        words=words,
        failed=len(outcomes),
        usable=usable,
        tone="good" if usable == len(outcomes) else "warn" if usable else "bad",
        counts=summary.counts(outcomes),
        sound=len(sound),
        attempts=sum(outcome.attempts for outcome in outcomes) / max(1, len(outcomes)),
        seconds=sum(outcome.seconds for outcome in outcomes),
        groups=[
            {"cause": group.cause, "count": len(group.outcomes), "sentence": sentence, "colour": _colour(index),
             "known": group.cause in _CODES}
            for index, (group, sentence) in enumerate(zip(found, summary.sentences(found), strict=True))
        ],
        avoid=summary.advice(found),
        metric=next((name for outcome in outcomes for name in list(outcome.metrics)[:1]), None),
        rows=[_row(outcome) for outcome in outcomes],
        plot=plot,
        plotly=plotly_script() if plot else "",
        version=__version__,
    )  # fmt: skip


def _row(outcome: Outcome) -> dict[str, Any]:
    value = next(iter(outcome.metrics.values()), None)
    return {
        "key": outcome.key,
        "config": {key: _short(held) for key, held in outcome.config.items()},
        "cause": summary.cause_of(outcome),
        "plan": summary.plan_words(outcome),
        "metric": "" if value is None else f"{value:.4g}",
        "attempts": outcome.attempts,
        "verdict": outcome.verdict,
        "tone": _TONES.get(outcome.verdict, "warn"),
        "message": outcome.message,
    }


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else words.shorten(str(value), 40)


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def axes(found: Sequence[Group], sound: Sequence[Mapping[str, Any]]) -> list[str]:
    """The two hyperparameters that tell most: those of the regions first; only such as every configuration has."""
    configs = [*sound, *(outcome.config for group in found for outcome in group.outcomes)]
    told = [test.name for group in found if group.region is not None for test in group.region.tests]
    varied = [key for config in configs for key in config]
    names = dict.fromkeys([*told, *varied])
    complete = [key for key in names if all(config.get(key) is not None for config in configs)]
    return [key for key in complete if len({_text(config[key]) for config in configs}) > 1][:2]


def _plot(found: Sequence[Group], sound: Sequence[Mapping[str, Any]]) -> str:
    """The figure as JSON, "" where no hyperparameter differs."""
    names = axes(found, sound)
    if not names:
        return ""
    from plotly import graph_objects

    x, y = names[0], names[-1]
    figure = graph_objects.Figure()
    layers = [(f"sound ({len(sound)})", SOUND, list(sound), [""] * len(sound))]
    for index, group in enumerate(found):
        layers.append(
            (
                f"{group.cause} ({len(group.outcomes)})",
                _colour(index),
                [outcome.config for outcome in group.outcomes],
                [outcome.message for outcome in group.outcomes],
            )
        )
    for label, colour, configs, texts in layers:
        figure.add_trace(
            graph_objects.Scatter(
                x=[config.get(x) for config in configs], y=[config.get(y) for config in configs], mode="markers",
                name=label, marker={"color": colour, "size": 10, "opacity": 0.8}, text=texts,
            )
        )  # fmt: skip
    clear, grid = "rgba(0,0,0,0)", "rgba(138,148,163,.25)"
    figure.update_layout(
        template="none", paper_bgcolor=clear, plot_bgcolor=clear, font={"color": SOUND}, hovermode="closest",
        margin={"l": 60, "r": 10, "t": 40, "b": 50}, legend={"orientation": "h", "y": 1.12},
    )  # fmt: skip
    for axis, key in (("xaxis", x), ("yaxis", y)):
        values = [config.get(key) for _, _, configs, _ in layers for config in configs]
        kind = "log" if _spans_decades(values) else "category" if _is_choice(values) else None
        figure.update_layout({axis: {"title": {"text": key}, "gridcolor": grid, "zeroline": False, "type": kind}})
    return str(figure.to_json()).replace("</", "<\\/")  # within a script


def _is_choice(values: Sequence[Any]) -> bool:
    """Whether values are best shown as the few choices that they are."""
    few = len({_text(value) for value in values}) <= 6
    return few and all(isinstance(value, int | str) for value in values)


def _spans_decades(values: Sequence[Any]) -> bool:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == len(values) and min(numbers) > 0 and math.log10(max(numbers) / min(numbers)) > 2


def _text(value: Any) -> str:
    return json.dumps(value, default=str)

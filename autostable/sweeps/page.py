"""The report of a repaired sweep as a page with a plot."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from autostable.sweeps.summary import Group, advice, sentences

COLOURS = ("#d62728", "#ff7f0e", "#9467bd", "#8c564b", "#e377c2", "#17becf")
SOUND = "#7f7f7f"


def render(name: str, found: Sequence[Group], sound: Sequence[Mapping[str, Any]]) -> str:
    """A page that needs no network: the sentences, and the configurations as points, a colour a cause."""
    points = [f"<li>{html.escape(text)}</li>" for text in sentences(found)]
    avoid = [f"<li>{html.escape(text)}</li>" for text in advice(found)]
    plot = _plot(found, sound)
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{html.escape(name)}</title></head>"
        "<body style='font-family:sans-serif;max-width:60em;margin:2em auto'>"
        f"<h1>{html.escape(name)}</h1><ul>{''.join(points)}</ul>"
        + (f"<h2>What to avoid</h2><ul>{''.join(avoid)}</ul>" if avoid else "")
        + plot
        + "</body></html>\n"
    )


def axes(found: Sequence[Group], sound: Sequence[Mapping[str, Any]]) -> list[str]:
    """The two hyperparameters that tell most: those of the regions first; only such as every configuration has."""
    configs = [*sound, *(outcome.config for group in found for outcome in group.outcomes)]
    told = [test.name for group in found if group.region is not None for test in group.region.tests]
    varied = [key for config in configs for key in config]
    names = dict.fromkeys([*told, *varied])
    complete = [key for key in names if all(config.get(key) is not None for config in configs)]
    return [key for key in complete if len({_text(config[key]) for config in configs}) > 1][:2]


def _plot(found: Sequence[Group], sound: Sequence[Mapping[str, Any]]) -> str:
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
                COLOURS[index % len(COLOURS)],
                [outcome.config for outcome in group.outcomes],
                [outcome.message for outcome in group.outcomes],
            )
        )
    for label, colour, configs, texts in layers:
        figure.add_trace(
            graph_objects.Scatter(
                x=[config.get(x) for config in configs], y=[config.get(y) for config in configs], mode="markers",
                name=label, marker={"color": colour, "size": 9, "opacity": 0.75}, text=texts,
            )
        )  # fmt: skip
    for axis, key in (("xaxis", x), ("yaxis", y)):
        values = [config.get(key) for _, _, configs, _ in layers for config in configs]
        figure.update_layout({axis: {"title": key, **({"type": "log"} if _spans_decades(values) else {})}})
    return str(figure.to_html(full_html=False, include_plotlyjs=True))


def _spans_decades(values: Sequence[Any]) -> bool:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == len(values) and min(numbers) > 0 and math.log10(max(numbers) / min(numbers)) > 2


def _text(value: Any) -> str:
    return json.dumps(value, default=str)

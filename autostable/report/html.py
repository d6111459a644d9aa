"""The report as one self-contained page: no network, no files beside it, light and dark."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import jinja2

from autostable._version import __version__
from autostable.records import Edit, Report, to_json
from autostable.report import learnt, words
from autostable.report.excerpt import excerpt

_OUTCOME_TONES = {"stable": "good", "unstable": "warn", "crashed": "bad", "timed-out": "warn"}
_VERDICT_TONES = {"healthy": "good", "repaired": "good", "unrepaired": "bad", "failed": "bad"}


def render(report: Report, root: Path | None = None) -> str:
    """Render a report as an HTML page.

    Args:
        report: What to show.
        root: Folder that the files in the report are relative to; the working directory if None.
    """
    curves = _curves(report)
    return template("report.html.jinja").render(
        report=report,
        words=words,
        learnt=learnt,
        told=learnt.told(report),
        excerpt=functools.partial(excerpt, root=root),
        tone=_VERDICT_TONES.get(report.verdict, "warn"),
        tones=_OUTCOME_TONES,
        diffs=[(edit.file, _diff_lines(edit)) for edit in report.edits],
        parameters=_parameters,
        version=__version__,
        curves=curves,
        # The library is 5 MB: only a page that draws something carries it.
        plotly=plotly_script() if curves else "",
    )


@functools.cache
def template(name: str) -> jinja2.Template:
    """A page's template by its file's name."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("autostable.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(name)


def plotly_script() -> str:
    """Plotly itself, so that a page needs no network."""
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script


def _curves(report: Report) -> list[dict[str, Any]]:
    """One trace for each attempt that kept its losses; gaps where the loss was not finite."""
    traces = []
    for index, attempt in enumerate(report.attempts, start=1):
        points = words.loss_curve(attempt)
        if not points:
            continue
        name = words.plan_names(attempt.plan) or "unchanged"
        traces.append(
            {
                "name": f"{index} {attempt.kind}: {words.shorten(name, 60)}",
                "outcome": attempt.outcome,
                "kind": attempt.kind,
                "x": [step for step, _ in points],
                "y": [loss if math.isfinite(loss) else None for _, loss in points],
                "broke": next((step for step, loss in points if not math.isfinite(loss)), None),
            }
        )
    return traces


def _parameters(parameters: Any) -> str:
    """A remedy's parameters, one a line, long ones abbreviated."""
    return "\n".join(f"{key} = {words.abbreviate(value)}" for key, value in to_json(dict(parameters)).items())


def _diff_lines(edit: Edit) -> list[tuple[str, str]]:
    kinds = {"+": "add", "-": "cut", "@": "hunk"}
    lines = []
    for line in edit.diff.splitlines():
        header = line.startswith(("+++", "---"))
        lines.append(("head" if header else kinds.get(line[:1], ""), line))
    return lines

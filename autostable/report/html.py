"""The report as one self-contained page: no network, no files beside it, light and dark."""

from __future__ import annotations

import datetime
import functools
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

from autostable import registry
from autostable._version import __version__
from autostable.records import Edit, Report, to_json
from autostable.report import chart, ending, learnt, words
from autostable.report.excerpt import excerpt

_OUTCOME_TONES = {"stable": "good", "unstable": "warn", "crashed": "bad", "timed-out": "warn"}
_VERDICT_TONES = {"healthy": "good", "repaired": "good", "unrepaired": "bad", "failed": "bad"}


def render(report: Report, root: Path | None = None, made: datetime.datetime | None = None) -> str:
    """Render a report as an HTML page.

    Args:
        report: What to show.
        root: Folder that the files in the report are relative to; the working directory if None.
        made: When it was made; None leaves that out.
    """
    return template("report.html.jinja").render(_names(report, root), made=made, version=__version__)


def fragment(report: Report, root: Path | None = None) -> str:
    """The story of a report for a notebook: a part of a page, with a style of its own and without scripts."""
    return template("fragment.html.jinja").render(_names(report, root))


def _names(report: Report, root: Path | None) -> dict[str, Any]:
    """What the templates know of."""
    found = chart.curves(report)
    return dict(
        report=report,
        words=words,
        learnt=learnt,
        told=learnt.told(report),
        excerpt=functools.partial(excerpt, root=root),
        tone=_VERDICT_TONES.get(report.verdict, "warn"),
        tones=_OUTCOME_TONES,
        diffs=[(edit.file, _diff_lines(edit)) for edit in report.edits],
        parameters=_parameters,
        brief=registry.brief,
        worth=_worth(report),
        apply=ending.apply_command(report),
        files=[(name, file, _link(file, report)) for name, file in report.files.items()],
        curves=found,
        wide=markupsafe.Markup(chart.drawn(found)),
        narrow=markupsafe.Markup(chart.drawn(found, 360, 300, kind="narrow")),
    )


def _worth(report: Report) -> str:
    won = learnt.winner(report)
    return "" if won is None else ending.worth_words(report, won)


def _link(file: str, report: Report) -> str:
    """A link from the page to a file beside it; empty where it lies elsewhere."""
    folder = Path(report.files.get("page", "")).parent
    return Path(file).name if Path(file).parent == folder and report.files.get("page") else ""


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

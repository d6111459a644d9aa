"""A report that shows itself: in a notebook as a small page, in a shell as the ending of a run."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

from rich.console import Console

from autostable.doing import joined, named
from autostable.records import Report
from autostable.report import ending, html, words

_WIDTH = 80  # columns of its text


@dataclasses.dataclass(frozen=True)
class Shown(Report):
    """A report as `autostable.run`, decorated functions, `Guard` and notebooks give it."""

    def __str__(self) -> str:
        stream = io.StringIO()
        ending.render(
            self, Console(file=stream, width=_WIDTH, color_system=None, force_terminal=False, force_jupyter=False)
        )
        return stream.getvalue().rstrip("\n")

    def _repr_html_(self) -> str:
        return html.fragment(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    @property
    def diff(self) -> str:
        """The source edits as one unified diff; empty where there are none."""
        return "".join(edit.diff if edit.diff.endswith("\n") else edit.diff + "\n" for edit in self.edits)

    def plot(self) -> Any:
        """The loss of each attempt over its steps, as a plotly figure."""
        from plotly import graph_objects

        figure = graph_objects.Figure()
        for number, attempt in enumerate(self.attempts):
            points = words.loss_curve(attempt)
            name = f"{number} {attempt.kind}: {joined(named(attempt.plan))}"
            figure.add_scatter(x=[step for step, _ in points], y=[loss for _, loss in points], name=name, mode="lines")
        figure.update_layout(title=words.short_headline(self), xaxis_title="step", yaxis_title="loss")
        figure.update_yaxes(type="log", exponentformat="power")
        return figure


def shown(report: Report) -> Shown:
    """The report, as one that shows itself."""
    fields = {field.name: getattr(report, field.name) for field in dataclasses.fields(Report)}
    return Shown(**fields)

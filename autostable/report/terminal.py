"""The report for people: verdict, cause and guilty line, plan in words, attempts, cost.

Laid out as compilers do it. Colour only where the terminal wants it: none when piped, none with
NO_COLOR; every fact is in the text as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autostable import frames
from autostable.doing import named
from autostable.records import Attempt, Cause, Edit, Intervention, Report, Site, Verdict
from autostable.report import learnt, words
from autostable.report.excerpt import Excerpt, excerpt
from autostable.report.learnt import Told

_PIPED_WIDTH = 120
_WIDE = 110  # columns that all of a table of attempts fits in
_NARROW = 80  # sentences are read more easily in short lines
_LEARNT = "What was learnt"
STYLES = {
    Verdict.HEALTHY: "bold green",
    Verdict.REPAIRED: "bold green",
    Verdict.UNREPAIRED: "bold red",
    Verdict.UNWATCHED: "bold yellow",
    Verdict.FAILED: "bold red",
}
OUTCOMES = {"stable": "green", "unstable": "yellow", "crashed": "red", "timed-out": "yellow"}


def make_console(stream: TextIO) -> Console:
    """A console that writes plain text when piped or asked to by NO_COLOR."""
    plain = bool(os.environ.get("NO_COLOR"))
    console = Console(file=stream, highlight=False, markup=False, emoji=False, color_system=None if plain else "auto")
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPED_WIDTH
    return console


def render(report: Report, console: Console, root: Path | None = None) -> None:
    """Print a report.

    Args:
        report: What to print.
        console: Where to (see `make_console`).
        root: Folder that the files in the report are relative to; the working directory if None.
    """
    write_trimmed(console, lambda: _print_story(report, console, root))
    print_edits(report.edits, console)
    write_trimmed(console, lambda: _print_foot(report, console))


def write_trimmed(console: Console, draw: Callable[[], object]) -> None:
    """Rich pads every line of a table to its full width; logs are better without."""
    with console.capture() as capture:
        draw()
    console.file.write("\n".join(line.rstrip() for line in capture.get().split("\n")))
    console.file.flush()


def _print_story(report: Report, console: Console, root: Path | None) -> None:
    title = Text.assemble(("autostable: ", "bold"))
    title.append(str(report.verdict), style=STYLES[report.verdict])
    title.append(f"  {words.command(report)}", style="bold")
    console.print(title, soft_wrap=True)
    console.print(Text(words.headline(report)))
    _print_findings(report, console, root)
    _print_plan(report, console)
    _print_interventions(report.interventions, console)
    _print_learnt(learnt.told(report), console)
    _print_attempts(report.attempts, console)
    for warning in report.warnings:
        console.print()
        _print_cause(warning, console, root, level="warning")
    _print_notes(report, console)


def _print_findings(report: Report, console: Console, root: Path | None) -> None:
    seen = words.seen_words(report)
    if seen:
        console.print(Text(f"Seen: {seen}", style="dim"))
    shown: set[str] = set()
    for index, cause in enumerate(report.causes):
        console.print()
        _print_cause(cause, console, root, level=words.level(cause, index), brief=index > 0)
        shown.add(words.location(cause.site))
    site = report.site
    if site is not None and words.location(site) not in shown:
        console.print()
        line_text = Text.assemble(("  first arose in ", "bold"))
        line_text.append(words.site_words(site) or "this line")
        console.print(line_text, soft_wrap=True)
        _print_site(site, console, root)


def _print_cause(cause: Cause, console: Console, root: Path | None, level: str, brief: bool = False) -> None:
    style = {"cause": "bold red", "warning": "bold yellow"}.get(level, "bold")
    line = Text.assemble((f"{level}: ", "bold"))
    line.append(str(cause.code), style=style)
    line.append(f" ({words.sureness(cause)})", style="dim")
    console.print(line)
    for text in filter(None, ("" if cause.refuted else words.shorten(cause.evidence, 600), cause.proof)):
        console.print(Padding(Text(text), (0, 0, 0, 2)))
    if cause.site is None or cause.refuted:  # what is refuted asks for nothing
        return
    if brief:
        _print_arrow(cause.site, console, "  ")
    else:
        _print_site(cause.site, console, root)


def _print_arrow(site: Site, console: Console, indent: str) -> None:
    where = words.location(site)
    if not where:
        return
    line = Text.assemble((f"{indent}--> ", "blue"))
    line.append(where, style="bold")
    console.print(line, soft_wrap=True)


def _print_site(site: Site, console: Console, root: Path | None) -> None:
    cut = excerpt(site, root)
    if cut is None:
        _print_arrow(site, console, "  ")
        return
    gutter = len(str(cut.lines[-1][0]))
    _print_arrow(site, console, " " * (gutter + 1))
    for line in _excerpt_lines(cut, gutter, words.site_words(site), console.width):
        console.print(line, no_wrap=True, crop=True, overflow="ellipsis")


def _excerpt_lines(cut: Excerpt, gutter: int, label: str, width: int) -> Iterable[Text]:
    bar = Text.assemble((" " * (gutter + 2) + "|", "blue"))
    indent = min(len(text) - len(text.lstrip()) for _, text in cut.lines if text.strip())
    yield bar
    for number, text in cut.lines:
        focus = number == cut.focus
        line = Text.assemble((f" {number:>{gutter}} | ", "blue"))
        line.append(text[indent:], style="" if focus else "dim")
        yield line
        if focus:
            mark = bar.copy()
            mark.append(" " + " " * (cut.start - indent))
            mark.append("^" * (cut.end - cut.start), style="bold red")
            if label and len(mark) + 1 + len(label) < width:
                mark.append(f" {label}", style="bold red")
            yield mark
    yield bar


def _print_plan(report: Report, console: Console) -> None:
    for title, plan in words.plans_by_training(report):
        console.print()
        _heading(console, title)
        table = _table("", "", "")
        for index, remedy in enumerate(plan, start=1):
            text = Text(words.describe(remedy))
            if not words.safe(remedy):
                text.append("  (changes what data or labels mean: please check)", style="yellow")
            table.add_row(f"{index}.", Text(remedy.name, style="bold"), text)
        console.print(table)


def _print_learnt(told: Told, console: Console) -> None:
    """Two lines under a heading; one by itself without."""
    if not told.rows:
        return
    console.print()
    width = min(console.width, _NARROW)
    if len(told.rows) > 1:
        _heading(console, _LEARNT)
        table = _table("", "")
        for row in told.rows:
            table.add_row(Text(row.label, style="bold"), Text(learnt.statement(row)))
        console.print(table, width=width)
    else:
        row = told.rows[0]
        line = Text.assemble((_LEARNT, "bold"), f" ({row.label}): " if row.label else ": ", learnt.statement(row))
        console.print(line, width=width)
    if told.plain:
        console.print(Text(told.plain), width=width)


def _print_interventions(interventions: tuple[Intervention, ...], console: Console) -> None:
    if not interventions:
        return
    console.print()
    _heading(console, "While it went on")
    table = _table("step", "what was done", "cost", "why")
    table.columns[0].justify = "right"
    for each in interventions:
        why = Text(words.shorten(each.reason), style="dim")
        table.add_row(str(each.step), Text(words.intervention_words(each)), Text(words.intervention_cost(each)), why)
    console.print(table)


def _print_attempts(attempts: tuple[Attempt, ...], console: Console) -> None:
    if not attempts:
        return
    console.print()
    _heading(console, "Attempts")
    narrow = console.width < _WIDE
    headers = ("#", "kind", "plan", "steps", "time", "loss", "outcome")
    table = _table(*headers) if narrow else _table(*headers, "why")
    for column in (0, 3, 4):
        table.columns[column].justify = "right"
    for column in (1, 3, 4, 5, 6):
        table.columns[column].no_wrap = True
    for index, attempt in enumerate(attempts):
        table.add_row(str(index), *_cells(attempt, narrow=narrow))
    console.print(table)


def _cells(attempt: Attempt, *, narrow: bool) -> list[Text | str]:
    """An attempt in a row; where there is little room it ends with the loss at its end, and why stands below the plan."""
    plan = Text(", ".join(named(attempt.plan)) or "(unchanged)")
    why = Text(words.shorten(attempt.why), style="dim")
    loss = words.number(attempt.loss_last) if narrow else words.loss_words(attempt)
    outcome = Text(attempt.outcome, style=OUTCOMES.get(attempt.outcome, ""))
    if narrow and attempt.why:
        plan.append("\n").append_text(why)
    cells: list[Text | str] = [
        attempt.kind,
        plan,
        str(attempt.steps),
        words.seconds_words(attempt.seconds),
        loss,
        outcome,
    ]
    return cells if narrow else [*cells, why]


def _print_notes(report: Report, console: Console) -> None:
    notes = words.notes(report)
    if notes:
        console.print()
    for note in notes:
        line = Text.assemble(("note: ", "bold cyan"))
        line.append(note)
        console.print(line)
    if report.edits:
        console.print()
        _heading(console, words.edits_heading(report.edits))


def print_edits(edits: tuple[Edit, ...], console: Console) -> None:
    """Print source edits as unified diffs: coloured for eyes, to the letter for `patch`."""
    styles = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}
    for edit in edits:
        if console.color_system is None:
            console.file.write(edit.diff if edit.diff.endswith("\n") else edit.diff + "\n")
            continue
        for line in edit.diff.splitlines():
            style = next((style for start, style in styles.items() if line.startswith(start)), "")
            console.print(Text(line, style=style), soft_wrap=True)


def _print_foot(report: Report, console: Console) -> None:
    if report.proof is not None:
        console.print(Text(words.proof_words(report.proof), style="red" if report.proof.holds is False else ""))
    console.print()
    table = _table("", "")
    if report.cost.seconds or report.cost.steps_total:
        steps = f" ({report.cost.steps_total} steps; a full run is {report.cost.steps_full_run})"
        table.add_row("cost", words.cost_words(report.cost) + (steps if report.cost.steps_full_run else ""))
    for name, file in report.files.items():
        table.add_row(name, Text(_near(file), overflow="fold"))
    if table.row_count:
        console.print(table)
    if report.causes:
        console.print(Text(f"autostable explain {report.causes[0].code} says more.", style="dim"))


def _heading(console: Console, text: str) -> None:
    console.print(Text(text, style="bold underline" if console.is_terminal else "bold"))


def _table(*headers: str) -> Table:
    table = Table(box=None, show_header=any(headers), header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header)
    return table


def _near(file: str) -> str:
    """A path as one would type it here."""
    return frames.display(file) if Path(file).is_absolute() else file

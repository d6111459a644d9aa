"""How a run ends on a terminal: verdict, cause, line, cure, what it is worth and what to do next, in a screen of 24 lines.

What does not fit is in the page, and in the whole story (`report.terminal`).
"""

from __future__ import annotations

import math
import os
import shlex
import textwrap
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from autostable import frames
from autostable.doing import named
from autostable.figures import loss_figure
from autostable.records import Attempt, Cause, Report, State, Verdict
from autostable.report import healed, learnt, words
from autostable.report.excerpt import excerpt
from autostable.report.terminal import OUTCOMES, STYLES, write_trimmed

LINES = 24  # of a terminal
NARROWEST = 40
WIDEST = 100  # characters of a line that are read with ease
_LABEL = 10  # columns of what stands in front
_OUTCOME, _NO_CURE = 14, "no cure"  # columns of it
_FEWEST_ROWS = 3  # of the table of attempts
_IMPORTANT = (
    "`autostable run", "It was stopped", "The report was not kept", "the plan was found for", "From step 0", "The loss jumps",
)  # fmt: skip
_COMMANDS = ("script", "module")  # kinds of targets that a command runs
_MOST_TOLD = 7  # lines of what must be said beside the rest
Lines = list[Text]


def render(report: Report, console: Console) -> None:
    """Print the ending of a run.

    Args:
        report: What to print.
        console: Where to (see `report.terminal.make_console`).
    """
    width = max(NARROWEST, min(console.width, WIDEST))
    before = [
        *_title(report),
        *_cause(report, width),
        *_healed(report, width),
        *_cure(report, width),
        *_worth(report, width),
    ]
    after = [*_cost(report, width), *_next(report)]
    said, left_out = _told(report, width, _MOST_TOLD, important=True)
    space = LINES - 1 - len(before) - len(after)  # the last line is the shell's
    free = space - len(said) - bool(left_out)
    table = _interventions(report, width, free) if words.healed_in_flight(report) else _attempts(report, width, free)
    said, left_out = _told(report, width, max(len(said), space - len(table) - 1))
    lines = [*before, *table, *said, *_labelled("also", left_out, width, 1), *after]
    write_trimmed(console, lambda: console.print(Text("\n").join(lines), soft_wrap=True))


def _title(report: Report) -> Lines:
    title = Text.assemble(("autostable: ", "bold"), (str(report.verdict), STYLES[report.verdict]))
    title.append(f"  {words.shorten(words.command(report), 60)}", style="bold")
    return [title]


def _labelled(label: str, text: str, width: int, most: int) -> Lines:
    """A text behind its label, at most so many lines of it."""
    if not text:
        return []
    wrapped = textwrap.wrap(
        text, width - _LABEL - 1, max_lines=most, placeholder=" ...", break_long_words=True, break_on_hyphens=False
    )
    return [
        Text.assemble((f"{label if not place else '':<{_LABEL}}", "bold"), line) for place, line in enumerate(wrapped)
    ]


def _cause(report: Report, width: int) -> Lines:
    """What was seen, why, and the line."""
    if not report.causes:
        said = words.headline(report) if report.symptom is not None or not report.plan else "It trained well."
        return [Text(line) for line in textwrap.wrap(said, width - 1, max_lines=3, placeholder=" ...")]
    cause = report.causes[0]
    lines = _labelled("seen", words.symptom_words(report.symptom), width, 2) if report.symptom else []
    lines += _labelled("cause", f"{cause.code} ({words.sureness(cause)}): {cause.evidence}", width, 3)
    cut = excerpt(cause.site, context=0)
    if cut is not None:
        line = dict(cut.lines)[cut.focus].strip()
        lines += _labelled("line", f"{words.location(cause.site)}: {words.shorten(line, width)}", width, 2)
    elif words.location(cause.site):
        lines += _labelled("line", words.location(cause.site), width, 1)
    return lines


def _healed(report: Report, width: int) -> Lines:
    """What was done while it went on, in one sentence."""
    return _labelled("healed", healed.summary(report.interventions), width, 2) if words.healed_in_flight(report) else []


def _interventions(report: Report, width: int, space: int) -> Lines:
    """What was done, in so many lines: the reasons give way first, then those in the middle."""
    if space < 2:
        return []
    rows = healed.rows(report.interventions, width - 1, space - 1)
    return [Text(healed.HEADER, style="dim"), *(Text(row, style="dim" if quiet else "") for row, quiet in rows)]


def _cure(report: Report, width: int) -> Lines:
    plans = words.plans_by_training(report)
    if not plans:
        if report.verdict is Verdict.UNREPAIRED:
            return _labelled("cure", _none_found(report), width, 2)
        return []
    lines: Lines = []
    for title, plan in plans[:2]:
        said = "; ".join(
            words.describe(step) + ("" if words.safe(step) else " (changes what data or labels mean)") for step in plan
        )
        training = f"{title.removeprefix('Plan for ')}: " if len(plans) > 1 else ""
        cured = report.symptom is not None and not words.healed_in_flight(report)
        said += f" ({words.UNTRIED})" if words.untried(report) else ""
        label = "cured by" if cured else "plan"
        lines += _labelled(label if not lines else "", f"{training}{said}", width, 3 if len(plans) == 1 else 1)
    if len(plans) > 2:
        lines += _labelled("", f"and {len(plans) - 2} more trainings, each with its plan", width, 1)
    return lines


def _none_found(report: Report) -> str:
    tried = sum(attempt.kind != "baseline" for attempt in report.attempts)
    if _was_stopped(report):
        return f"none yet: the search was stopped after {tried} attempt{'s' * (tried != 1)}"
    if not tried:
        return "nothing was changed"
    return f"none was found: {'the one attempt' if tried == 1 else f'each of the {tried} attempts'} failed"


def _was_stopped(report: Report) -> bool:
    """Whether another call can go on with it."""
    return any(note.startswith("`autostable run --resume`") for note in report.notes)


def _worth(report: Report, width: int) -> Lines:
    """What the cure is worth, and what the patched script came to by itself."""
    lines: Lines = []
    won = next(iter(report.attempts), None) if words.healed_in_flight(report) else learnt.winner(report)
    if won is not None:
        lines += _labelled("worth", worth_words(report, won), width, 2)
    elif report.verdict is Verdict.HEALTHY:
        rows = learnt.told(report).rows
        parts = [learnt.statement(rows[0]), learnt.plain_words(rows[0].learning)] if rows else []
        lines += _labelled("learnt", "; ".join(filter(None, parts)), width, 3)
    if report.proof is not None:
        label = "alone" if report.proof.holds is not False else "ALONE"
        said = words.proof_words(report.proof).removeprefix("the patched script alone: ")
        lines += _labelled(label, f"patched script: {said}", width, 2)
    elif report.edits and not all(edit.complete for edit in report.edits):
        lines += _labelled("edits", "incomplete: comments in them say what is left to do", width, 1)
    return lines


def worth_words(report: Report, won: Attempt) -> str:
    """The loss and the figure without the plan and with it; the same numbers as in the table of attempts."""
    before = learnt.baseline_of(report, won)
    lost = None if before is None else before.loss_last
    said = [
        f"loss {loss_figure(won.loss_last)}"
        if before is None
        else f"loss {loss_figure(lost)} -> {loss_figure(won.loss_last)}"
    ]
    ours = learnt.figure(won.learning)
    if ours:
        theirs = learnt.figure(None if before is None else before.learning).rpartition(" ")[2]
        name, _, value = ours.rpartition(" ")
        said.append(f"{name} {theirs} -> {value}" if theirs else f"{name} {value}")
    unseen = learnt.unseen_words(won.learning) if won.learning is not None else ""
    if unseen:
        said.append(f"on unseen rows {unseen}")
    constant = None if won.learning is None else won.learning.constant
    if constant is not None:
        said.append(f"a constant gets {loss_figure(constant)}")
    plain = learnt.plain_words(won.learning) or learnt.plain_words(None if before is None else before.learning)
    return ", ".join([*said, plain] if plain else said)


def _attempts(report: Report, width: int, space: int) -> Lines:
    """A table of the attempts in so many lines; those in the middle are left out where there are too many."""
    attempts = list(enumerate(report.attempts))
    if len(attempts) < 2 or space < _FEWEST_ROWS + 1:
        return []
    rows = space - 1
    if len(attempts) > rows:
        kept = rows - 1  # one line says how many are left out
        first = max(1, kept // 3)
        shown: list[tuple[int, Attempt] | None] = [*attempts[:first], None, *attempts[len(attempts) - kept + first :]]
        left_out = len(attempts) - kept
    else:
        shown, left_out = list(attempts), 0
    cells: list[tuple[str, ...]] = [("#", "run", "plan", "steps", "time", "loss", "outcome")]
    cells += [_cells(*row) for row in shown if row is not None]
    columns = _widths(cells, width)
    lines = [Text(_row(cells[0], columns), style="dim")]
    rest = iter(cells[1:])
    for each in shown:
        if each is None:
            lines.append(Text(f"   ... {left_out} more attempts", style="dim"))
            continue
        line = Text(_row(next(rest), columns))
        line.stylize(OUTCOMES.get(each[1].outcome, ""), sum(columns[:6]) + 12)
        lines.append(line)
    return lines


def _cells(place: int, attempt: Attempt) -> tuple[str, ...]:
    plan = ", ".join(named(attempt.plan)) or "as it is"
    outcome = _outcome(attempt)
    took = words.seconds_words(attempt.seconds)
    kind = "first" if attempt.kind == "baseline" else attempt.kind
    return str(place), kind, plan, str(attempt.steps), took, loss_figure(attempt.loss_last), outcome


def _outcome(attempt: Attempt) -> str:
    """What became of it; of one that came to its end what it has learnt, where that is too little."""
    found = attempt.learning
    if attempt.stable and found is not None and found.state == State.SICK and (said := learnt.short_words(found)):
        return said if len(said) <= _OUTCOME else _NO_CURE
    return attempt.outcome if attempt.learnt and attempt.passes else _NO_CURE


def _widths(cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """How wide each column is; the plan's gives way."""
    columns = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    over = sum(columns) + 2 * (len(columns) - 1) - (width - 1)
    columns[2] = max(12, columns[2] - max(0, over))
    return columns


def _row(cells: Sequence[str], columns: Sequence[int]) -> str:
    shown = []
    for place, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        text = cell if len(cell) <= column else cell[: column - 2] + ".."
        shown.append(f"{text:>{column}}" if place in (0, 3, 4, 5) else f"{text:<{column}}")
    return "  ".join(shown).rstrip()


def _cost(report: Report, width: int) -> Lines:
    cost = report.cost
    if (len(report.attempts) < 2 and not report.interventions) or not cost.seconds:
        return []
    return _labelled("cost", cost_words(report), width, 1)


def cost_words(report: Report) -> str:
    """What it took, start-ups and looks included: "1.46x one full run (1,369 steps), 25 s, of it 7.6 s training"."""
    cost = report.cost
    trained = math.fsum(attempt.seconds for attempt in report.attempts)
    time = f"{words.seconds_words(cost.seconds)}, of it {words.seconds_words(trained)} training"
    return f"{cost.ratio:.2f}x one full run ({cost.steps_total:,} steps), {time}" if cost.steps_full_run else time


def _told(report: Report, width: int, space: int, *, important: bool = False) -> tuple[Lines, str]:
    """Notes and warnings, as many as so many lines hold; and how many are left out.

    Args:
        report: Whose.
        width: Of the terminal.
        space: Lines.
        important: Only what must be said.
    """
    notes = sorted(words.notes(report), key=lambda note: not note.startswith(_IMPORTANT))
    told = [("note", note, note.startswith(_IMPORTANT)) for note in notes]
    told += [("warning", _warning_words(warning), not report.causes) for warning in report.warnings]
    lines: Lines = []
    left_out: list[str] = []
    for label, text, wanted in told:
        found = _labelled(label, text, width, 3)
        if (wanted or not important) and len(lines) + len(found) <= space:
            lines += found
        else:
            left_out.append(label)
    counted = [(left_out.count(label), label) for label in ("warning", "note")]
    said = ", ".join(f"{many} {label}{'s' * (many != 1)}" for many, label in counted if many)
    return lines, f"{said}: autostable show" if said else ""


def _warning_words(warning: Cause) -> str:
    where = words.location(warning.site)
    return f"{warning.code}: {warning.evidence}" + (f" ({where})" if where else "")


def _next(report: Report) -> Lines:
    lines: Lines = []
    command = next_command(report)
    if command:
        line = Text.assemble((f"{'next':<{_LABEL}}", "bold"), (command, "bold cyan"))
        lines.append(line)
    page = report.files.get("page")
    if page:
        lines.append(Text.assemble((f"{'page':<{_LABEL}}", "bold"), near(page)))
    return lines


def next_command(report: Report) -> str:
    """What to type next; empty where there is nothing to do."""
    if report.verdict is Verdict.REPAIRED and report.target.get("kind") not in _COMMANDS:
        return "autostable show --diff" if report.edits else ""
    if report.verdict is Verdict.REPAIRED:
        if report.edits and all(edit.complete for edit in report.edits):
            return "autostable show --diff | patch -p1"
        command = apply_command(report)
        return command or (f"autostable explain {report.causes[0].code}" if report.causes else "")
    if _was_stopped(report):
        return shlex.join(["autostable", "run", "--resume", *_typed(report)])
    if report.causes:
        return f"autostable explain {report.causes[0].code}"
    return ""


def apply_command(report: Report) -> str:
    """The command that runs the target with its plan; empty where there is none, or no command line runs the target."""
    stable = report.files.get("stable")
    if report.target.get("kind") not in _COMMANDS or not stable or not any((report.plan, *report.plans.values())):
        return ""
    return shlex.join(["autostable", "apply", near(stable), *_typed(report)])


def _typed(report: Report) -> list[str]:
    """The target with its arguments, as it was typed."""
    module = ["-m"] if report.target.get("kind") == "module" else []
    return [*module, words.target_name(report), *map(str, report.target.get("arguments") or ())]


def near(file: str) -> str:
    """A path as one would type it here."""
    return frames.display(file) if os.path.isabs(file) else file

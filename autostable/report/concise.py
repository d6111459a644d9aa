"""One line a cause, in the manner of compilers: for editors, logs and grep."""

from __future__ import annotations

from autostable.records import Cause, Report, Verdict
from autostable.report import words


def render(report: Report) -> str:
    """Render a report, one finding a line."""
    name = words.target_name(report)
    lines = []
    if report.causes:
        lines.append(_line(name, report.causes[0], _state(report)))
        lines += [
            _line(name, cause, "", prefix=f"{words.level(cause, place)}: ")
            for place, cause in enumerate(report.causes)
            if place and not cause.refuted
        ]
    else:
        lines.append(f"{name}: {report.verdict}{_instead(report)}")
    lines += [_line(name, warning, "", prefix="warning: ") for warning in report.warnings]
    return "\n".join(lines) + "\n"


def _line(name: str, cause: Cause, state: str, prefix: str = "") -> str:
    where = words.location(cause.site) or name
    return f"{where}: {prefix}{cause.code}: {' '.join(cause.evidence.split())}{state}"


def _state(report: Report) -> str:
    if report.verdict is Verdict.REPAIRED and words.healed_in_flight(report):
        return f" (repaired while it went on, in {len(report.interventions)} places)"
    if report.verdict is Verdict.REPAIRED:
        return f" (repaired by {words.plan_names(report.plan)})"
    return f" ({report.verdict})"


def _instead(report: Report) -> str:
    if report.symptom is not None:
        return f": {words.symptom_words(report.symptom)}"
    return f": {report.notes[0]}" if report.notes else ""

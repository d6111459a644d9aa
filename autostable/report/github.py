"""Workflow commands: GitHub shows them as annotations at the lines of a pull request."""

from __future__ import annotations

from autostable.records import Cause, Report, Verdict
from autostable.report import words


def render(report: Report) -> str:
    """Render a report as workflow commands, one a finding."""
    level = {Verdict.HEALTHY: "notice", Verdict.REPAIRED: "warning", Verdict.UNWATCHED: "warning"}.get(
        report.verdict, "error"
    )
    lines = []
    if report.causes:
        lines.append(_command(level, report.causes[0], report))
        others = [cause for cause in report.causes[1:] if not cause.refuted]
        lines += [_command("notice", cause, None) for cause in others]  # what else it could have been
    else:
        title = f"autostable: {report.verdict}"
        lines.append(f"::{level} title={_property(title)}::{_message(_summary(report))}")
    lines += [_command("warning", warning, None) for warning in report.warnings]
    return "\n".join(lines) + "\n"


def _summary(report: Report) -> str:
    return f"{words.command(report)}: {words.headline(report)}"


def _command(level: str, cause: Cause, report: Report | None) -> str:
    properties = {}
    if cause.site and cause.site.file:
        properties["file"] = cause.site.file
        if cause.site.line is not None:
            properties["line"] = str(cause.site.line)
    properties["title"] = f"autostable: {cause.code}"
    message = cause.evidence if report is None else f"{cause.evidence}\n{_summary(report)}"
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {shown}::{_message(message)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")

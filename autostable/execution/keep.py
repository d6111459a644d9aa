"""The files of a report, in its run folder."""

from __future__ import annotations

import dataclasses
import datetime

from autostable.records import Report, Verdict
from autostable.report import html, json
from autostable.store import PAGE, REPORT, STABLE, RunFolder, stable_plans, write_stable


def keep(report: Report, folder: RunFolder) -> Report:
    """Write a report's files into its run folder; report.json last, as the sign that all is there.

    Raises:
        StoreError: If one cannot be written.
    """
    files = {"report": REPORT, "page": PAGE, **({"stable": STABLE} if report.verdict is Verdict.REPAIRED else {})}
    paths = {name: str(folder.path / file) for name, file in files.items()}
    report = dataclasses.replace(report, files={**report.files, **paths})
    if "stable" in files:
        write_stable(folder.path / STABLE, stable_plans(report))
    folder.write(PAGE, html.render(report, made=datetime.datetime.now()))
    folder.write(REPORT, json.render(report))
    return report

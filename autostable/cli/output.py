"""Where a report goes: kept in its run folder, printed in the format that was asked for."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from typing import TextIO

from autostable.config import STDOUT, Settings
from autostable.errors import StoreError
from autostable.records import Report, Verdict
from autostable.store import write_file

EXIT = {Verdict.HEALTHY: 0, Verdict.REPAIRED: 0, Verdict.UNREPAIRED: 1, Verdict.FAILED: 3, Verdict.UNWATCHED: 0}
INTERRUPTED = 130
UNWATCHED = 2  # where somebody wanted to know: what was not watched was not checked


def emit(report: Report, settings: Settings, stream: TextIO | None) -> None:
    """Print a report to a stream, or write it to `settings.output_file`.

    A stream that is closed, or that nothing can be written to any more, changes nothing for the script: the report lies in
    its run folder. A file that cannot be written any more has the report go to the stream.

    Raises:
        StoreError: If the file cannot be written.
    """
    if settings.output_file == STDOUT:
        _printed(report, settings, sys.stdout)
        return
    if settings.output_file is None:
        if settings.output_format == "json" and stream is sys.stderr:  # which is TensorFlow's as well, and the script's
            where = report.files.get("report")
            print(f"autostable: {report.verdict}; the report is {where or 'not kept'}", file=sys.stderr)
            return
        _printed(report, settings, stream)
        return
    text = io.StringIO()
    _render(report, settings, text)
    try:
        write_file(settings.output_file, text.getvalue())
    except StoreError:
        _printed(report, settings, stream)
        raise


def _printed(report: Report, settings: Settings, stream: TextIO | None) -> None:
    if stream is None:
        return
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        with contextlib.suppress(OSError):  # arguments and names of files need not be text
            stream.reconfigure(errors="backslashreplace")
    with contextlib.suppress(OSError):
        _render(report, settings, stream)
        stream.flush()


def _render(report: Report, settings: Settings, stream: TextIO) -> None:
    # Each renderer is imported where it is needed: together they take longer to load than --help may.
    from autostable.report import words

    if settings.diff:
        from autostable.report import terminal

        terminal.print_edits(report.edits, terminal.make_console(stream))
        if not report.edits:
            print("autostable: there are no source edits to show", file=sys.stderr)
        if not all(edit.complete for edit in report.edits):
            print("autostable: the source edits are incomplete; comments in them say what is left", file=sys.stderr)
        if report.proof is not None:
            print(f"autostable: {words.proof_words(report.proof)}", file=sys.stderr)
        return
    match settings.output_format:
        case "json":
            from autostable.report import json

            stream.write(json.render(report))
        case "concise":
            from autostable.report import concise

            stream.write(concise.render(report))
        case "github":
            from autostable.report import github

            stream.write(github.render(report))
        case _ if settings.quiet:
            stream.write(f"autostable: {report.verdict}  {words.command(report)}\n")
        case _:
            from autostable.report import ending, terminal

            whole = terminal.render if settings.verbose else ending.render
            whole(report, terminal.make_console(stream))


def write_fixes(report: Report, root: Path, *, unsafe: bool = False) -> None:
    """Write a report's edits into the user's files; those that are not all of the plan, or do not hold, only if `unsafe`."""
    if not report.edits:
        print("autostable: there are no source edits to write", file=sys.stderr)
        return
    if not unsafe and not all(edit.complete for edit in report.edits):
        print(
            "autostable: the source edits are incomplete, so they are not written (--fix --unsafe writes them)",
            file=sys.stderr,
        )
        return
    if not unsafe and report.proof is not None and report.proof.holds is False:
        print(
            "autostable: the patched script does not hold by itself, so the edits are not written (--fix --unsafe writes them)",
            file=sys.stderr,
        )
        return
    from autostable.patch import write_edits

    write_edits(report.edits, root)
    for file in dict.fromkeys(edit.file for edit in report.edits):
        print(f"autostable: fixed {file}", file=sys.stderr)

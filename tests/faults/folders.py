"""Disks that are full, folders that are taken away or used by another call: ways to spoil a repair's folder in its midst."""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from autostable import journal
from autostable.execution.runlog import NAME, OF
from tests.faults.conftest import Undisturbed
from tests.faults.harness import Bed, Server

Spoil = Callable[[Server, Path, Undisturbed, int], None]
LEAST = 40_000  # bytes: what the test itself writes must have room


def without_notes(report: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in report.items() if key != "notes"}


def full_disk(server: Server, folder: Path, undisturbed: Undisturbed, seed: int) -> None:
    rng, bed = random.Random(f"disk {seed}"), Bed(server, folder)
    assert bed.call(largest=rng.randrange(LEAST, undisturbed.size)) == 0
    bed.check()
    told = bed.printed()
    assert "cannot be resumed" in " ".join(told["notes"]) and "cannot write" in " ".join(told["notes"])
    assert without_notes(told) == without_notes(undisturbed.bed.printed())
    (run,) = bed.runs
    assert journal.read(run / NAME, OF), "what was kept before can be read"


def taken_away(server: Server, folder: Path, undisturbed: Undisturbed, seed: int) -> None:
    rng, bed = random.Random(f"folder {seed}"), Bed(server, folder)
    wanted, whole = rng.randrange(1, undisturbed.records - 1), rng.random() < 0.5

    def take() -> bool:
        if len(bed.records()) < wanted:
            return False
        shutil.rmtree(bed.folder / ".autostable" if whole else bed.runs[0], ignore_errors=True)
        return True

    assert bed.call(until=take) == 0
    bed.check()
    assert without_notes(bed.printed()) == without_notes(undisturbed.bed.printed())
    assert "The report was not kept" in " ".join(bed.printed()["notes"])


def second_call(server: Server, folder: Path, undisturbed: Undisturbed, seed: int) -> None:
    wanted, bed, said = random.Random(f"call {seed}").randrange(2, undisturbed.records // 2), Bed(server, folder), []

    def second() -> bool:
        if len(bed.records()) < wanted:
            return False
        first = bed.pid
        os.kill(first, signal.SIGSTOP)  # a call waits a little: the first shall not have ended by then
        (bed.folder / "err").write_text("")
        said.append(bed.call("--resume", waits=False))
        said.append((bed.folder / "err").read_text())
        os.kill(first, signal.SIGCONT)
        return True

    assert bed.call(until=second) == 0
    status, text = said
    assert status == 2 and text.startswith("error: another call is at work on the run ") and text.count("\n") == 1
    assert bed.report() == undisturbed.bed.report() and len(bed.runs) == 1

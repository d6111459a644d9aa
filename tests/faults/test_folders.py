"""Disks that are full and folders that are taken away in the midst of a repair: it is told all the same, nothing is touched."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from autostable import journal
from autostable.execution.runlog import NAME, OF
from tests.faults.conftest import Undisturbed
from tests.faults.harness import Bed, Server

pytestmark = pytest.mark.slow
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


@pytest.mark.parametrize("spoil", [full_disk, taken_away])
def test_a_repair_is_told_without_its_folder(
    server: Server, tmp_path: Path, undisturbed: Undisturbed, spoil: object
) -> None:
    spoil(server, tmp_path / "bed", undisturbed, 0)  # type: ignore[operator]


@pytest.mark.whole
@pytest.mark.parametrize("seed", range(1, 20))
@pytest.mark.parametrize("spoil", [full_disk, taken_away])
def test_a_repair_is_told_whenever_its_folder_fails(
    server: Server, tmp_path: Path, undisturbed: Undisturbed, spoil: object, seed: int
) -> None:
    spoil(server, tmp_path / "bed", undisturbed, seed)  # type: ignore[operator]


def test_two_calls_on_one_run_the_second_says_so(server: Server, tmp_path: Path, undisturbed: Undisturbed) -> None:
    bed, said = Bed(server, tmp_path / "bed"), []

    def second() -> bool:
        if len(bed.records()) < 5:
            return False
        (bed.folder / "err").write_text("")
        said.append(bed.call("--resume", waits=False))
        said.append((bed.folder / "err").read_text())
        return True

    assert bed.call(until=second) == 0
    status, text = said
    assert status == 2 and text.startswith("error: another call is at work on the run ") and text.count("\n") == 1
    assert bed.report() == undisturbed.bed.report() and len(bed.runs) == 1

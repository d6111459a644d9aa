"""Kills at random moments of a repair: nothing is lost that was known, nothing known is done again, nothing else is touched."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Undisturbed
from tests.faults.folders import Spoil, full_disk, second_call
from tests.faults.harness import Bed, Server

pytestmark = pytest.mark.slow
KINDS = ("supervisor KILL",) * 5 + ("group KILL",) * 2 + ("child KILL", "group TERM", "group INT", "supervisor TERM")
WHOLE = 200


def moment(rng: random.Random, undisturbed: Undisturbed, bed: Bed) -> Callable[[], bool]:
    """A moment of a run: so many seconds after its beginning, or soon after so many records of its journal."""
    if rng.random() < 0.5:
        at = time.monotonic() + rng.random() * undisturbed.seconds
        return lambda: time.monotonic() >= at
    wanted, later = rng.randrange(1, undisturbed.records + 1), rng.choice([0.0, 0.001, 0.01, 0.05])

    def reached() -> bool:
        try:
            if len(bed.records()) < wanted:
                return False
        except AssertionError:
            return False
        time.sleep(rng.random() * later)
        return True

    return reached


def survive(server: Server, folder: Path, seed: int, undisturbed: Undisturbed) -> dict[str, Any]:
    """Kill a repair at a random moment, up to three times, and go on until it has ended; what was seen."""
    rng, bed = random.Random(seed), Bed(server, folder)
    kills, calls = rng.randint(1, 3), 0
    statuses: list[int] = []
    while True:
        calls += 1
        assert calls < 10, "it never ends"
        known, runs, before = bed.kept(), bed.asked(), len(bed.executed())
        kill = kills >= calls
        until = moment(rng, undisturbed, bed) if kill else None
        status = bed.call(*(["--resume"] if calls > 1 else []), until=until, kill=rng.choice(KINDS))
        statuses.append(status)
        bed.check()
        done = bed.executed()[before:]
        again = [key for key in done if key in known and not (key[1] == "full" and key[0] == "0")]
        assert not again, f"tried again: {again}"
        assert bed.asked()[: len(runs)] == runs
        repeated = [each for each in bed.asked()[len(runs) :] if each in runs]
        assert not repeated, "a run that had ended was run again"
        if bed.finished:  # or else the kill came when all was done
            assert kill or status == 0
            break
        assert kill and status in (-9, -15, 3, 130, 1), status
    assert len(bed.runs) <= calls
    assert bed.report() == undisturbed.bed.report()
    assert not list(server.tmp.iterdir()), "something was left in the folder for temporary files"
    return {"calls": calls, "statuses": statuses}


def test_a_repair_goes_on_after_a_kill(server: Server, tmp_path: Path, undisturbed: Undisturbed) -> None:
    survive(server, tmp_path / "bed", 0, undisturbed)


@pytest.mark.parametrize("spoil", [full_disk, second_call])
def test_a_repair_is_told_though_its_folder_fails(
    server: Server, tmp_path: Path, undisturbed: Undisturbed, spoil: Spoil
) -> None:
    """Here and not in test_folders.py, for the process that forks the program is shared within a file."""
    spoil(server, tmp_path / "bed", undisturbed, 0)


@pytest.mark.whole
def test_a_ctrl_c_within_the_confirmation_loses_no_repair(
    server: Server, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    bed = Bed(server, tmp_path / "bed")

    def confirming() -> bool:
        return any((record.get("asked") or {}).get("orders", {}).get("seed", 0) for record in bed.records())

    assert bed.call("--verify", "3", until=confirming, kill="group INT") == 130
    told = bed.report()
    assert told is not None and told["verdict"] == "repaired" and told["plans"] == undisturbed.bed.printed()["plans"]
    assert "It was stopped by Ctrl-C." in told["notes"]
    before = len(bed.executed())
    assert bed.call("--resume", "--verify", "3") == 0
    told = bed.report()
    assert told is not None and "The plan held in 3 of 3 fresh runs." in told["notes"]
    assert not [key for key in bed.executed()[before:] if key[1] == "probe"], "only what confirms is left to do"


@pytest.mark.whole
@pytest.mark.parametrize("seed", range(1, WHOLE))
def test_a_repair_goes_on_after_any_kill(server: Server, tmp_path: Path, undisturbed: Undisturbed, seed: int) -> None:
    survive(server, tmp_path / "bed", seed, undisturbed)

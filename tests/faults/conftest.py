"""The process that forks the scripted program, and a run of it that nobody disturbs."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

import pytest

from tests.faults.harness import Bed, Server


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    """A run that nobody kills.

    Attributes:
        records: Of its journal.
        size: Of its journal, in bytes.
        seconds: How long it took.
    """

    bed: Bed
    records: int
    size: int
    seconds: float


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def undisturbed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    bed = Bed(server, tmp_path_factory.mktemp("undisturbed") / "bed")
    began = time.monotonic()
    assert bed.call() == 0
    seconds = time.monotonic() - began
    bed.check()
    report = bed.report()
    assert report is not None and report["verdict"] == "repaired"
    size = (bed.runs[0] / "journal.jsonl").stat().st_size
    return Undisturbed(bed, len(bed.records()), size, seconds)

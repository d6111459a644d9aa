"""The tool that moves the numbers which decide; what it finds is in the docstring of benchmarks/mutations.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import mutations

SOURCE = """
LIMIT = 10
NAMES = ("a", "b")


def decide(values, share):
    if len(values) > 2 and values[1] > 0 and share >= 0.5:
        return f"{share:.3g} of {100}"
    return -4.0 < share
"""


def test_numbers_are_those_that_decide(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    file.write_text(SOURCE)
    assert [number.value for number in mutations.numbers(file)] == [10, 2, 0.5, 4.0]
    assert [number.moved() for number in mutations.numbers(file)] == [(8, 12), (1, 3), (0.375, 0.625), (3.0, 5.0)]


def test_every_room_that_decides_has_numbers() -> None:
    assert {name for name in mutations.DECIDING if not any(map(mutations.numbers, mutations.files([name])))} == set()


@pytest.mark.slow
@pytest.mark.parametrize(("least", "status"), [("0.9", 0), pytest.param("1.1", 1, marks=pytest.mark.whole)])
def test_numbers_that_are_moved_are_noticed(least: str, status: int) -> None:
    command = [sys.executable, "-m", "benchmarks.mutations", "autostable/knowledge/losses.py", "--least", least]
    done = subprocess.run(command, cwd=mutations.ROOT, capture_output=True, text=True, timeout=300)
    assert (done.stdout, done.returncode) == ("23 of 23 numbers are noticed (100%)\n", status), done.stderr

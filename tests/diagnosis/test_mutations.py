"""The tool that moves the numbers which decide; what it finds is in the docstring of benchmarks/mutations.py."""

from __future__ import annotations

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
@pytest.mark.parametrize("index", [0, -1])
def test_a_number_that_is_moved_is_noticed(index: int) -> None:
    number = mutations.numbers(mutations.ROOT / "autostable/diagnosis/optimization.py")[index]
    assert not any(mutations.unnoticed(number, value) for value in number.moved())
    assert mutations.unnoticed(number, number.value)

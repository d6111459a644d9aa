"""The tool that moves the numbers which decide; what decides is in the docstring of benchmarks/deciding.py."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import deciding, mutations

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


@pytest.mark.parametrize(("source", "values"), [
    ("x[1] + x[:, -1] + x[1:] + x[::-1]", []),
    ("x[:5] + x[-2 * y :] + x[y + 7]", [5, 2, 7]),  # how many are looked at
    ("x.mean(axis=1, ddof=1) + round(x, 3) + x.reshape(-1, 4) + np.zeros((5, 1))", []),
    ("def f(x, most=9, *, seed=1): pass", [9]),
    ("1 - x + 1 / x + x ** 2 + (x + y) / 2", []),
    ("x < 1.0 + 1e-6", [1.0, 1e-6]),
    ("x / 2 + 0.5 * x + x ** 3 + 2**x + 3 - x", [2, 0.5, 3, 2, 3]),  # half of a level is a level
    ("max(x, 1e-300) + max(x, 1e-9)", [1e-9]),
    ("True + 0 + 0.0", []),
    ("f'{x:.3g} of {100}'", []),
    ("x > -4.0", [4.0]),
])  # fmt: skip
def test_what_a_formula_or_an_array_is_made_of_does_not_decide(
    source: str, values: list[float], tmp_path: Path
) -> None:
    file = tmp_path / "some.py"
    file.write_text(source)
    assert [number.value for number in mutations.numbers(file)] == values


def test_a_number_is_moved_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    file.write_text(SOURCE)
    assert [number.line for number in mutations.numbers(file)] == [2, 7, 7, 9]
    assert "share >= 0.625" in ast.unparse(deciding.changed(mutations.numbers(file)[2], 0.625))


def test_every_module_has_tests_that_are_there() -> None:
    modules = [file for file in mutations.files(mutations.DECIDING) if mutations.numbers(file)]
    assert {file.name for file in modules if not mutations.tests_of(file)} == set()


def test_every_room_that_decides_has_numbers() -> None:
    assert {name for name in mutations.DECIDING if not any(map(mutations.numbers, mutations.files([name])))} == set()


@pytest.mark.slow
@pytest.mark.parametrize(("least", "status"), [("0.9", 0), pytest.param("1.1", 1, marks=pytest.mark.whole)])
def test_numbers_that_are_moved_are_noticed(least: str, status: int) -> None:
    command = [sys.executable, "-m", "benchmarks.mutations", "autostable/knowledge/losses.py", "--least", least]
    done = subprocess.run(command, cwd=mutations.ROOT, capture_output=True, text=True, timeout=300)
    assert (done.stdout, done.returncode) == ("23 of 23 numbers are noticed (100%)\n", status), done.stderr


@pytest.mark.whole
@pytest.mark.slow
@pytest.mark.parametrize("room", ["autostable/judgement", "autostable/training/audit.py"])
def test_nine_of_ten_numbers_of_a_judgement_are_noticed(room: str) -> None:
    command = [sys.executable, "-m", "benchmarks.mutations", room, "--least", "0.9"]
    done = subprocess.run(command, cwd=mutations.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

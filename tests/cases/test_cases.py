"""A few whole programs of each class: the verdict, first cause, line, plan and quality are those of the table.

The table is expected.json; `python -m benchmarks.cases --write` makes it, and without `--write` checks all of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import cases
from tests import warm

pytestmark = pytest.mark.slow
CUT = ("10_", "11_", "106_", "23_", "26_", "32_", "36_", "50_", "56_", "90_")
DAILY = ("11_", "23_", "32_", "56_")  # the others take too long for each day
CHOSEN = cases.cases(cases.FOLDER, None, CUT)


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case.name.startswith(DAILY) else pytest.mark.whole) for case in CHOSEN],
    ids=lambda case: case.name,
)  # fmt: skip
def test_as_in_the_table(case: cases.Case, tmp_path: Path) -> None:
    assert cases.outcome_of(case, warm.python(), tmp_path) == cases.table()[case.name]


def test_the_cut_has_each_class() -> None:
    assert {case.facts["class"] for case in CHOSEN} == {"nan", "silent", "error", "bad", "control"}


def test_the_table_is_of_cases_that_there_are() -> None:
    assert set(cases.table()) <= {case.name for case in cases.cases(cases.FOLDER, None)}

"""One whole program that is finite and useless, and one that is well; one of them within the time of the quick tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import cases
from tests import warm

CUT = ("35_", "247_")
QUICK = "247_"  # the one that is run with the quick tests
CHOSEN = cases.cases(cases.FOLDER, None, CUT)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(each, marks=() if each.name.startswith(QUICK) else pytest.mark.slow, id=each.name)
        for each in CHOSEN
    ],
)
def test_as_in_the_table(case: cases.Case, tmp_path: Path) -> None:
    assert cases.outcome_of(case, warm.python(), tmp_path) == cases.table()[case.name]


def test_the_cut_has_each_class() -> None:
    assert {case.facts["class"] for case in CHOSEN} == {"bad", "control"}

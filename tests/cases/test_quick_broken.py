"""One whole program each that turns NaN, turns NaN in silence, and raises."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import cases
from tests import warm

CUT = ("147_", "186_", "235_")
CHOSEN = cases.cases(cases.FOLDER, None, CUT)


@pytest.mark.slow
@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_as_in_the_table(case: cases.Case, tmp_path: Path) -> None:
    assert cases.outcome_of(case, warm.python(), tmp_path) == cases.table()[case.name]


def test_the_cut_has_each_class() -> None:
    assert {case.facts["class"] for case in CHOSEN} == {"nan", "silent", "error"}

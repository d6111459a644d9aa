"""A confidence is a frequency: of the first causes that are given 0.9, about nine in ten are right.

The rows in tests/calibration/confidence.json were made by `benchmarks/calibration.py` (its docstring says how).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.calibration import at_most, bins, merged

FILE = Path(__file__).resolve().parent.parent / "calibration" / "confidence.json"
ROWS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["rows"]
CHANCE = 0.05  # so seldom a bin may come out as low as it did, were its confidence true
MODEST = 0.15  # the rules were written with these cases at hand: right more often than they say they may be, by so much


@pytest.mark.parametrize(("confidence", "count", "right"), list(bins(ROWS)))
def test_no_bin_says_more_than_it_holds(confidence: float, count: int, right: int) -> None:
    assert at_most(right, count, confidence) >= CHANCE


@pytest.mark.parametrize(("confidence", "count", "right"), [each for each in bins(ROWS) if each[1] >= 5])
def test_no_bin_says_much_less_than_it_holds(confidence: float, count: int, right: int) -> None:
    assert confidence >= (right + 1) / (count + 2) - MODEST


HELD_OUT = [row for row in ROWS if row["cases"] == "held-out"]  # measured before any rule was written with them at hand


@pytest.mark.parametrize(("rows", "least"), [(ROWS, 40), (HELD_OUT, 15)], ids=["all", "held out"])
def test_all_together_are_as_good_as_they_say(rows: list[dict[str, Any]], least: int) -> None:
    assert len(rows) >= least
    said = [row["confidence"] for row in rows]
    deviation = sum(each * (1 - each) for each in said) ** 0.5
    assert sum(row["right"] for row in rows) >= sum(said) - 2 * deviation


def test_rows_of_other_folders_are_kept() -> None:
    old = [{"cases": "held-out", "case": "a"}, {"cases": "own", "case": "b"}]
    new = [{"cases": "own", "case": "c"}]
    assert merged(old, new) == [old[0], new[0]]


def test_the_tail_of_a_binomial() -> None:
    assert at_most(2, 2, 0.3) == pytest.approx(1.0)
    assert at_most(0, 2, 0.5) == 0.25

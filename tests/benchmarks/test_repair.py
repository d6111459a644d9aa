"""The pure parts of benchmarks/repair.py and attempts.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attempts import Case, as_good, metric_of
from benchmarks.repair import pick, replaced, table


def case(name: str, cause: str, seconds: float) -> Case:
    kind = "control" if cause == "" else "bad"
    return Case(Path(name), None, {"class": kind, "causes": [cause], "seconds": seconds})


def test_the_quickest_of_each_cause_come_first() -> None:
    found = [case("a", "dead-relu", 5), case("b", "dead-relu", 4), case("c", "unsafe-log", 9), case("d", "", 1)]
    assert [each.name for each in pick(found, None)] == ["b", "c", "a"]
    assert [each.name for each in pick(found, 2)] == ["b", "c"]


@pytest.mark.parametrize(
    ("metric", "fixed", "higher", "good"),
    [(0.91, 0.95, True, True), (0.89, 0.95, True, False), (12.4, 10.0, False, True), (12.6, 10.0, False, False),
     (None, 0.9, True, False), (float("nan"), 0.9, True, False), (0.9, None, True, None)],
)  # fmt: skip
def test_as_good_is_within_five_points_or_a_quarter(
    metric: float | None, fixed: float | None, higher: bool, good: bool | None
) -> None:
    assert as_good(metric, {"fixed_metric": fixed, "higher_is_better": higher}) is good


def test_the_last_metric_counts() -> None:
    assert metric_of("FINAL_METRIC=r2:0.1\nx\nFINAL_METRIC=r2:-0.25\n") == -0.25
    assert metric_of("FINAL_METRIC=r2:oops\n") is None
    assert metric_of("") is None


def test_the_table_has_a_line_a_policy() -> None:
    rows = [
        {"case": "a", "policy": "autostable", "repaired": True, "as_good": True, "cause_right": True, "site_right": None,
         "cost": 1.5, "cost_first": 1.5, "attempts": 2, "seconds": 9.0, "plan": ["x"]},
        {"case": "b", "policy": "autostable", "repaired": False, "as_good": False, "cause_right": False,
         "site_right": False, "cost": 3.0, "cost_first": None, "attempts": 4, "seconds": 11.0, "plan": []},
        {"case": "a", "policy": "in-turn", "repaired": False, "as_good": False},
    ]  # fmt: skip
    lines = table(rows)
    assert lines[2] == "| autostable | 1 of 2 | 1 of 2 | 1 of 2 | 0 of 1 | 2.25 (2.25) | 1.50 | 3 | 10 |"
    assert lines[-1] == "| the five in turn | 0 of 1 | 0 of 1 | no answer | no answer |  |  |  |  |"


def test_the_section_is_replaced_and_the_others_stay() -> None:
    first = replaced("# Title\n\ntext\n", "## Repair\n\none\n")
    assert first == "# Title\n\ntext\n\n## Repair\n\none\n"
    again = replaced(first + "\n## Sweeps\n\nkept\n", "## Repair\n\ntwo\n")
    assert again == "# Title\n\ntext\n\n## Repair\n\ntwo\n\n## Sweeps\n\nkept\n"

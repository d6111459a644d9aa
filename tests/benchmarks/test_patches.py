"""The figures of benchmarks/patches.py, and what it compares."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attempts import Case
from benchmarks.patches import BROKEN, HOLDS, INCOMPLETE, NONE, WORSE, Program, Row, figures, programs

CASE = Program(Case(Path("01_case"), None, {"class": "nan", "higher_is_better": True}), Path("01_case/train.py"))
ERROR = Program(Case(Path("02_case"), None, {"class": "nan", "higher_is_better": False}), Path("02_case/train.py"))
EXAMPLE = Program(Case(Path("examples"), None, {}), Path("examples/one.py"))


def test_a_case_is_compared_by_its_metric_and_an_example_by_its_last_number() -> None:
    assert CASE.figure("3\nFINAL_METRIC=accuracy:0.91\n") == 0.91
    assert CASE.figure("accuracy 0.91\n") is None
    assert EXAMPLE.figure("loss 3\ntest R2 -1.5e-3\n") == -0.0015
    assert EXAMPLE.figure("done\n") is None


@pytest.mark.parametrize(
    ("program", "patched", "repaired", "holds"),
    [
        (CASE, 0.91, 0.95, True),
        (CASE, 0.85, 0.95, False),
        (CASE, 0.85, None, True),
        (ERROR, 1.24, 1.0, True),
        (ERROR, 1.26, 1.0, False),
        (ERROR, -0.122, -0.122, True),
        (CASE, float("nan"), None, False),
        (EXAMPLE, 240.0, 250.0, True),
        (EXAMPLE, 100.0, 250.0, False),
        (EXAMPLE, 0.9, 0.94, True),
    ],
)
def test_what_is_as_good(program: Program, patched: float, repaired: float | None, holds: bool) -> None:
    assert program.as_good(patched, repaired) is holds


def test_the_figures_count_each_remedy_of_a_plan() -> None:
    rows = [
        Row("a", ("rescale-inputs", "swap-loss"), HOLDS, 0.9, 0.9, True),
        Row("b", ("rescale-inputs",), WORSE, 0.9, 0.1, False),
        Row("c", ("swap-loss",), INCOMPLETE, 0.9, 0.1),
        Row("d", ("swap-loss",), BROKEN),
        Row("e", ("clip-gradients",), NONE),
    ]
    assert figures(rows).splitlines() == [
        "5 repaired programs: the diffs of 3 are said to be complete, and 1 of these hold. As good as the human fix, where "
        "the repaired run was: 1 of 2.",
        "",
        "| remedy in the plan | programs | holds | worse | does not run | incomplete | no edit |",
        "|---|---:|---:|---:|---:|---:|---:|",
        "| swap-loss | 3 | 1 | 0 | 1 | 1 | 0 |",
        "| rescale-inputs | 2 | 1 | 1 | 0 | 0 | 0 |",
        "| clip-gradients | 1 | 0 | 0 | 0 | 0 | 1 |",
    ]


def test_cases_and_examples_are_found(tmp_path: Path) -> None:
    (tmp_path / "cases" / "01_a").mkdir(parents=True)
    (tmp_path / "cases" / "01_a" / "case.json").write_text("{}")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "one.py").write_text("")
    found = list(programs([tmp_path / "cases", tmp_path / "examples"], None, ()))
    assert [program.script.name for program in found] == ["train.py", "one.py"]
    assert [program.script.name for program in programs([tmp_path / "examples"], None, ("two",))] == []

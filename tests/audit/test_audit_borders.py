"""What the audit tells of data: the last that is told, and the first that is not. NumPy alone, so that these are quick.

What an outlier is and what only looks like one is in tests/training/test_audit.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autostable.training import audit as module
from autostable.training.audit import audit, is_one_hot, windows
from tests.judgement.borders import noise, turns_at


def column(values: Any) -> Any:
    return np.asarray(values, "f4")[:, None]


def outliers(values: Any) -> int:
    facts = audit("x", values)
    assert facts is not None
    return facts.outlier_count


def some(height: float, count: int) -> Any:
    """A thousand entries that are next to nothing, but for some."""
    values = 0.001 * noise(1000)
    values[:count] = height
    return values


@pytest.mark.parametrize(("made", "border"), [
    (lambda far: column([*noise(1000), far]), 105.100445),
    (lambda far: column([*some(1.0, 300), far]), 99.937321),
    (lambda far: column([*some(1.0, 100), far]), 99.937321),  # what a twentieth of the entries reach is usual
    (lambda far: np.stack([np.r_[np.zeros(999), far], 1e-14 * noise(1000)], axis=1).astype("f4"), 1e-10),
    (lambda far: column([*np.zeros(990), *noise(10), far]), 100.000004),  # no spread of its own
    (lambda far: np.stack([np.r_[np.zeros(999), far], noise(1000)], axis=1).astype("f4"), 50.354048),  # its neighbour's
    (lambda far: column([*np.zeros(999), far]), 100.000004),
    (lambda far: np.stack([np.r_[np.zeros(999), far], np.r_[np.zeros(985), np.linspace(1, 50, 15)]], axis=1).astype("f4"),
        100.000004),  # of which a hundredth on either side does not count
    (lambda far: np.stack([np.r_[np.zeros(999), far], np.r_[np.zeros(985), -np.linspace(1, 50, 15)]], axis=1).astype("f4"),
        100.000004),
])  # fmt: skip
def test_how_far_off_an_outlier_lies(made: Any, border: float) -> None:
    assert turns_at(lambda far: outliers(made(far)) > 0, border)


def test_an_outlier_lies_beyond_a_gap_of_three_times_the_way() -> None:
    tail = np.geomspace(1, 150, 40)
    assert turns_at(lambda gap: outliers(column([*0.01 * noise(8000), *tail, 150 * gap])) > 0, 2.999997)


def test_no_more_than_a_hundredth_are_outliers() -> None:
    assert [outliers(column([*noise(1000 - many), *(1e6 + np.arange(many))])) for many in (9, 10, 11)] == [9, 10, 0]


def test_a_code_is_met_twice_and_in_no_more_than_a_tenth_of_the_rows() -> None:
    """A hundred other values, so that a hundred and eleven rows may hold eleven of it."""
    codes = [outliers(column([*np.full(many, 9999.0), *np.linspace(0, 1, 100)])) for many in (2, 10, 11, 12)]
    assert codes == [2, 10, 11, 0]


@pytest.mark.parametrize(
    ("values", "median", "iqr"), [(np.arange(101.0), 50.0, 50.0), (np.arange(102.0) ** 2, 2550.5, 5100.5)]
)
def test_quartiles(values: Any, median: float, iqr: float) -> None:
    facts = audit("x", column(values))
    assert facts is not None and (facts.median[0], facts.iqr[0]) == (median, iqr)


def test_how_many_are_named() -> None:
    table = np.ones((60, 60), "f4")
    table[:30, :30] = np.nan
    facts = audit("x", table)
    assert facts is not None and (len(facts.bad_rows), len(facts.bad_columns)) == (20, 20)
    facts = audit("x", column([*noise(3000), *(1e9 * np.arange(1, 16))]))
    assert facts is not None and (len(facts.outliers), facts.outlier_count) == (10, 15)


@pytest.mark.parametrize(("columns", "told"), [(4096, 4096), (4097, 1)])
def test_of_very_many_columns_statistics_are_pooled(columns: int, told: int) -> None:
    facts = audit("x", np.tile(np.arange(3.0)[:, None], (1, columns)))
    assert facts is not None and len(facts.low) == told


def test_where_an_outlier_of_very_many_columns_stands() -> None:
    table = np.linspace(0, 1, 8194).reshape(2, 4097).astype("f4")
    table[1, 7] = 1e9
    facts = audit("x", table)
    assert facts is not None and facts.outliers == ((1, 7, 1e9),)


def test_numbers_in_a_row_are_one_column() -> None:
    facts = audit("x", np.array([1.0, 2.0, 4.0]))
    assert facts is not None and (facts.low, facts.high) == ((1.0,), (4.0,))


@pytest.mark.parametrize(("rows", "columns"), [(1, 0), (2, 3)])
def test_a_column_is_constant_over_two_rows(rows: int, columns: int) -> None:
    facts = audit("x", np.zeros((rows, 3), "f4"))
    assert facts is not None and facts.constant_count == columns


@pytest.mark.parametrize(("values", "distinct", "classes"), [
    (np.arange(100), 100, 100), (np.arange(101), 101, 0), (np.arange(1001), 1001, 0), (np.arange(1002), 1001, 0),
    (np.r_[np.zeros(199_999), 1], 2, 2), (np.r_[np.zeros(200_000), 1], 1, 1),
])  # fmt: skip
def test_how_many_values_are_counted(values: Any, distinct: int, classes: int) -> None:
    facts = audit("x", column(values))
    assert facts is not None and (facts.distinct, len(facts.classes)) == (distinct, classes)


def test_flags_are_no_whole_numbers_and_three_classes_are() -> None:
    said = [audit("x", np.tile([[0.0], [high]], (9, 1))) for high in (1.0, 2.0)]
    assert [facts.whole for facts in said if facts is not None] == [(), (0,)]


def test_what_spreads_within_a_row() -> None:
    said = [audit("x", np.ones(shape, "f4")) for shape in ((5, 4, 64), (5, 4, 65), (5, 4), (5, 4, 3), (5, 4, 4, 3))]
    assert [len(facts.within) for facts in said if facts is not None] == [64, 0, 0, 3, 3]


WALK = np.cumsum(noise(5000))


def walk(steps: int, rows: int = 300) -> tuple[Any, Any]:
    """Windows of a walk, and the step after each."""
    return np.stack([WALK[first : first + steps] for first in range(rows)]), WALK[steps : steps + rows]


def test_which_shapes_are_windows() -> None:
    assert [windows(*walk(steps)) is not None for steps in (3, 4)] == [False, True]
    x, y = walk(8)
    assert windows(x[:1], y[:1]) is None
    forms = (y, y[:, None], y[:, None, None], y[:, None, None, None], np.repeat(y[:, None, None], 2, axis=2),
             np.repeat(y[:, None, None], 2, axis=1))  # fmt: skip
    assert [windows(x, target) is not None for target in forms] == [True, True, True, False, False, True]
    assert [windows(given, y) is not None for given in (x[..., None], x[..., None, None], x[:, 0])] == [
        True,
        False,
        False,
    ]
    wide = [np.repeat(x[..., None], columns, axis=2) + np.arange(columns) for columns in (64, 65)]
    assert [windows(each, y) is not None for each in wide] == [True, False]


def test_how_near_a_target_is_to_the_last_step_of_its_window() -> None:
    x, y = walk(8)
    assert turns_at(lambda loud: windows(x, y + loud * noise(300)) is not None, 2.53567)


@pytest.mark.parametrize(
    ("times", "more", "border"), [(True, False, 0.478094), (True, True, 2.529947), (False, True, 0.860917)]
)
def test_columns_are_of_one_unit(times: bool, more: bool, border: float) -> None:
    """One of nine spreads less or more than the others, or lies elsewhere."""

    def alike(by: float) -> bool:
        first = noise(500) * by if times else noise(500) + by
        return module._one_unit(np.stack([first, *[noise(500)] * 8], axis=1))

    assert turns_at(alike, border)


@pytest.mark.parametrize(("rows", "hot"), [
    (np.eye(2), True), (np.ones((5, 1)), False), (np.array([0.0, 1.0]), False), (np.array([[0.0, 2.0]]), False),
    (np.array([[0.5, 0.5]]), False), (np.array([[1.0, 1.0]]), False), (np.array([[0.0, 0.0]]), False),
])  # fmt: skip
def test_which_rows_are_one_hot(rows: Any, hot: bool) -> None:
    assert is_one_hot(rows) is hot


def test_ten_thousand_rows_say_whether_they_are_one_hot() -> None:
    said = []
    for place in (9999, 10000):
        rows = np.tile([[1.0, 0.0]], (10002, 1))
        rows[place] = 2
        said.append(is_one_hot(rows))
    assert said == [False, True]


@pytest.mark.parametrize(("shape", "rows"), [
    ((4_000_001, 1), 4_000_000), ((3_999_999, 1), 3_999_999), ((40_001, 100), 40_000), ((5, 5_000_000), 1),
])  # fmt: skip
def test_statistics_are_of_so_many_entries(shape: tuple[int, int], rows: int) -> None:
    assert len(module._sampled(np.broadcast_to(np.float64(0.0), shape))) == rows


@pytest.mark.parametrize(("others", "codes"), [(20, 30), (19, 0)])
def test_a_code_stands_beside_so_many_values(others: int, codes: int) -> None:
    assert outliers(column([*np.full(30, 99.0), *np.tile(np.arange(float(others)), 30)])) == codes


def test_of_very_large_rows_two_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first and the last, whatever lies between."""
    monkeypatch.setattr(module, "MOST_ENTRIES", 10)
    rows = np.zeros((5, 20, 1))
    rows[:, ::2, 0] = np.array([2.0, 90.0, 50.0, 70.0, 6.0])[:, None]
    assert module._within(rows) == (2.0,)
    x = np.linspace(0, 1, 12)[None] + np.array([0.0, 3.0, 9.0])[:, None]
    said = [windows(x, np.array([1.1, middle, 10.1])) for middle in (4.1, -50.0)]
    assert said[0] == said[1] and said[0] is not None


def test_columns_in_units_of_their_own_are_no_steps() -> None:
    x, y = walk(8)
    x = x.copy()
    x[:, 0] *= 1000
    assert windows(x, y) is None and windows(x[..., None], y) is not None

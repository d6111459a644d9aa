"""What arouses suspicion of targets, and what is made of it: the last that does, and the first that does not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from autostable.judgement import astray as module
from tests.judgement.borders import noise, turns_at

Array = NDArray[np.float64]


class Asked(Exception):
    """A plain model was asked."""


def ask(*_: Any) -> None:
    raise Asked


def arouses(y: Array, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether targets are looked into any further than they themselves go."""
    monkeypatch.setattr(module, "_best", ask)
    try:
        return module._wrapped(y[:, None], y) is not None
    except Asked:
        return True


@pytest.mark.parametrize(("rows", "values", "looked_at"), [
    (200, 20, True), (199, 20, False), (200, 19, False),
])  # fmt: skip
def test_two_hundred_rows_of_twenty_values_are_looked_at(
    rows: int, values: int, looked_at: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr(module, "_wrapped", lambda x, y: calls.append(len(y)) or None)
    monkeypatch.setattr(module, "_in_two_units", lambda x, y: None)
    y = np.resize(np.arange(values), rows).astype(float)
    assert module.astray(y[:, None], y) is None
    assert bool(calls) is looked_at


def test_flags_that_were_divided_along_with_bytes() -> None:
    def flags(off: float) -> Any:
        return module.divided(np.tile([0.0, (1 + off) / 255], 9))

    assert flags(0.9e-3) is not None and flags(-0.9e-3) is not None
    assert flags(1.1e-3) is None and flags(-1.1e-3) is None
    found = flags(0.0)
    assert (found.low, found.high, found.factor) == pytest.approx((0.5 / 255, 2 / 255, 255.0))


@pytest.mark.parametrize(("spread", "gap"), [(1.0, 1.0), (3.0, 3.0)])
def test_a_gap_is_wider_than_all_on_one_side_of_it(spread: float, gap: float) -> None:
    def split(width: float) -> bool:
        low, high = np.linspace(0, spread, 30), np.linspace(0, 50, 60)
        return module._behind_a_gap(np.r_[low, spread + width + high]) is not None

    assert turns_at(split, gap, 0.01)


def test_on_either_side_of_a_gap_there_are_twenty_rows_and_ten_values() -> None:
    def split(rows: int) -> Any:
        return module._behind_a_gap(np.r_[np.linspace(0, 1, rows), np.linspace(3, 30, 60)])

    assert split(19) is None and split(20) is not None and split(20).sum() == 20
    assert [module._many(np.resize(np.arange(values), 40)) for values in (9, 10)] == [False, True]


def units(ratio: float, rows: int = 400) -> list[float]:
    """Factors that are tried where the wide side spreads so many times as the other."""
    low = 100 + np.linspace(0, 1, rows)
    wide = 300.0 * ratio + np.linspace(0, ratio, rows)
    narrow = np.arange(2 * rows) < rows
    return [factor for factor, _, mark in module._units(np.r_[low, wide], narrow) if not mark]


@pytest.mark.parametrize("unit", [10.0, 24.0, 60.0, 100.0, 1000.0, 1440.0, 3600.0, 86400.0, 1e6])
def test_units_that_people_mix_up(unit: float) -> None:
    assert units(unit) == [unit]
    assert units(unit * math.exp(0.05)) == [unit] and units(unit * math.exp(-0.05)) == [unit]


def test_how_far_from_a_unit_the_spreads_may_lie() -> None:
    """As far as so many rows can tell: 3.1 standard errors."""
    assert turns_at(lambda ratio: bool(units(ratio)), 10 * math.exp(1.17 * 3.1 * math.sqrt(2 / 400)), 0.01)
    assert turns_at(lambda ratio: bool(units(ratio)), 10 * math.exp(-1.17 * 3.1 * math.sqrt(2 / 400)), 0.01)
    assert module._quartiles(np.arange(101.0)) == 50.0 and module._quartiles(np.arange(101.0) ** 2) == 75.0**2 - 25.0**2


@pytest.mark.parametrize(("beyond", "zero"), [(0.0175, -5.0), (0.0225, -6.0)])
def test_a_marks_zero_lies_a_step_before_the_least_thousandth(beyond: float, zero: float) -> None:
    """Of the wide side's grid, to which float32 may put a number by a fiftieth of a step."""
    assert next(module._zeros(np.array([-4.0 - beyond]), np.arange(20.0), False)) == zero


@pytest.mark.parametrize(("distances", "border"), [
    ((9,), 0.037172), ((9, 110, 950), 0.000384), ((9, 90, 900), 0.001119), ((11, 120, 1100), 0.001124),
])  # fmt: skip
def test_how_far_off_its_grid_a_number_may_lie(distances: tuple[int, ...], border: float) -> None:
    """The longer a distance the better it tells the step, and the more the shorter ones may be off."""

    def on_grid(off: float) -> bool:
        gaps = np.r_[0.0, np.tile([1 + off, 1 + off, 1.0], 14), distances]
        return module._grid(np.cumsum(gaps)) is not None

    assert turns_at(on_grid, border, 0.01)


def test_ten_gaps_make_a_grid_and_what_float32_has_split_is_none_of_them() -> None:
    assert module._grid(np.arange(10.0)) is None and module._grid(np.arange(11.0)) == 1.0
    near, apart = (np.sort(np.r_[np.arange(1001.0), 500 + off]) for off in (0.9e-3, 1.1e-3))
    assert module._grid(near) == pytest.approx(1.0, rel=1e-3) and module._grid(apart) != pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(("values", "bits"), [(256, 8), (300, None), (128, None), (65536, 16), (65537, None)])
def test_as_many_steps_as_an_integer_has_values(values: int, bits: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert arouses(np.arange(float(values)), monkeypatch) is (bits is not None)


def test_the_range_of_what_is_put_back_ends_in_the_middle_of_the_gap() -> None:
    y, moved = np.array([1.0, 2.0, 6.0, 9.0]), np.array([True, True, False, False])
    assert module._within(y, moved) == (-1.0, 4.0) and module._within(y, ~moved) == (4.0, 11.0)


@pytest.mark.parametrize(("share", "factor"), [(0.4, 24.0), (0.6, 1 / 24)])
def test_the_lesser_side_is_put_back(share: float, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    x = 3 * noise(600)[:, None]
    y, odd = 1000 + 20 * x[:, 0], np.argsort(np.argsort(noise(1777)[-600:])) < share * 600
    seen = []
    monkeypatch.setattr(
        module, "_foretold", lambda x, y, restored, moved, **_: seen.append((moved.mean(), restored)) or False
    )
    assert module._in_two_units(x, np.where(odd, y / 24, y)) is None
    moved, restored = seen[-1]
    assert moved == pytest.approx(0.4) and restored == pytest.approx(y if factor > 1 else y / 24)

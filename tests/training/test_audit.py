"""What is read off the data: above all what is an outlier, and what is only a long tail."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest

from autostable.training.audit import audit, windows


def column(values):
    return np.asarray(values, dtype="float32")[:, None]


def ordinary(count=1000):
    return np.random.default_rng(0).normal(size=count)


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        ([*ordinary(), 1e4], (1000,)),
        ([*ordinary(), 3.4e38, 3.4e38], (1000, 1001)),
        ([*ordinary(), -999999.0, 5e5], (1000, 1001)),
        ([*np.zeros(1000), 1e6], (1000,)),
    ],
    ids=["a typo", "a code for missing", "two codes", "beside a constant"],
)
def test_entries_beyond_a_gap_are_outliers(values, rows):
    facts = audit("x", column(values))
    assert tuple(row for row, _, _ in facts.outliers) == rows
    assert max(facts.kept_high) < 10


@pytest.mark.parametrize(
    "values",
    [
        ordinary(),
        np.exp(2.5 * ordinary(5000)),
        np.where(np.arange(5000) % 33 == 0, np.linspace(0.5, 30.0, 5000), 0.01 * ordinary(5000)),
    ],
    ids=["normal", "log-normal", "silence, and now and then a sound"],
)
def test_a_long_tail_holds_no_outlier(values):
    assert audit("x", column(values)).outlier_count == 0


@pytest.mark.parametrize(
    ("end", "others"),
    [(9999.0, 120.0 + ordinary()), (-1.0, 50.0 + 0.1 * ordinary()), (0.0, np.linspace(200, 300, 500))],
)
@pytest.mark.parametrize("share", [0.02, 0.09])
def test_one_extreme_value_again_and_again_is_a_code(end, others, share):
    facts = audit("y", column([*np.full(int(share * len(others)), end), *others]))
    assert facts.outlier_count == int(share * len(others))
    assert (facts.kept_low[0], facts.kept_high[0]) == pytest.approx((others.min(), others.max()))


@pytest.mark.parametrize(
    "values",
    [
        [*np.full(200, 9999.0), *ordinary()],
        [*np.full(20, 3.0 + ordinary().max()), *ordinary()],
        [*np.full(30, 99.0), *np.tile([1.0, 2.0, 3.0], 300)],
    ],
    ids=["more than a tenth", "a sensor's end", "of a few classes"],
)
def test_what_is_no_code(values):
    assert audit("y", column(values)).outlier_count == 0


@pytest.mark.parametrize(("others", "codes"), [(20, 30), (19, 0)])
def test_a_code_stands_beside_twenty_values_at_least(others, codes):
    assert audit("y", column([*np.full(30, 99.0), *np.tile(np.arange(float(others)), 30)])).outlier_count == codes


def walk(count=400, seed=0):
    """A random walk about 1000."""
    return 1000.0 + np.cumsum(np.random.default_rng(seed).normal(size=count))


def windowed(series, steps=20, ahead=3):
    view = np.lib.stride_tricks.sliding_window_view(series, steps + ahead)
    return view[:, :steps], view[:, steps:]


def test_which_features_hold_whole_numbers():
    rng = np.random.default_rng(0)
    ids, flags, below, measure = (
        rng.integers(0, 9, 50),
        rng.integers(0, 2, 50),
        rng.integers(-3, 9, 50),
        rng.normal(size=50),
    )
    gaps = np.where(ids == 3, np.nan, ids)
    facts = audit("x", np.stack([ids, flags, below, measure, gaps, 5 * ids], axis=1))
    assert facts.whole == (0, 5)


def test_a_target_near_the_last_value_of_its_window_continues_it():
    x, y = windowed(walk())
    found = windows(x, y)
    assert (found.feature, found.rank) == (0, 2)
    assert windows(x[:, :, None], y[:, :, None]) == dataclasses.replace(found, rank=3)
    assert found.error == pytest.approx(np.sqrt(np.mean((y - x[:, -1:]) ** 2)))
    assert found.spread == pytest.approx(np.sqrt(np.mean((y - y.mean(axis=0)) ** 2)))
    assert found.reach == pytest.approx(np.sqrt(np.mean((x - x[:, -1:]) ** 2)))


def test_the_feature_in_the_targets_units_is_found_among_others():
    x, y = windowed(walk())
    other = windowed(5.0 * walk(seed=1))[0]
    found = windows(np.stack([other, x], axis=2), y[:, 0])
    assert (found.feature, found.rank) == (1, 3)


NOISE = np.random.default_rng(2).normal(size=(300, 20))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (NOISE, NOISE.sum(axis=1)),
        (NOISE * np.logspace(0, 4, 20), (NOISE * np.logspace(0, 4, 20))[:, -1] * 1.01),
        (windowed(walk())[0], 0.01 * windowed(walk())[1]),
        (windowed(walk())[0][:, -2:], windowed(walk())[1]),
        (windowed(walk())[0].astype("float32") * np.nan, windowed(walk())[1]),
    ],
    ids=["a table", "columns of different units", "another unit", "too short for a window", "no numbers"],
)
def test_other_data_are_no_windows(x, y):
    assert windows(x, y) is None


def test_no_warning_of_the_users_is_shown_again_after_a_look(monkeypatch):
    """Python forgets which warnings it has shown whenever any filter is set, for the length of a block even."""
    array = np.full((20, 3), np.nan)
    array[:, 0] = np.arange(20)
    shown = []
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        monkeypatch.setattr(warnings, "showwarning", lambda *args, **kwargs: shown.append(str(args[0])))
        for _ in range(2):
            warnings.warn("the user's", stacklevel=1)
            facts = audit("x", array)
    assert shown == ["the user's"]
    assert facts is not None
    assert (facts.low, facts.high) == ((0.0, 0.0, 0.0), (19.0, 0.0, 0.0))


def test_what_rows_spread_within_is_told_apart_from_what_they_spread_among_each_other():
    rng = np.random.default_rng(0)
    clouds = rng.normal(size=(300, 40, 2)) * [3.0, 0.0] + rng.uniform(1e5, 2e5, (300, 1, 2))
    facts = audit("x", clouds)
    assert facts.within[0] == pytest.approx(3.0, rel=0.05) and facts.within[1] == pytest.approx(0.0, abs=1e-6)
    assert facts.std[0] == pytest.approx(1e5 / 12**0.5, rel=0.1)
    assert audit("x", clouds.reshape(300, 8, 5, 2)).within == pytest.approx(facts.within, abs=1e-6)
    assert audit("x", clouds[:, 0]).within == ()


def test_of_very_wide_steps_it_is_not_told_what_they_spread_within() -> None:
    rng = np.random.default_rng(0)
    assert [len(audit("x", rng.normal(size=(4, 6, width))).within) for width in (64, 65)] == [64, 0]
    assert audit("x", rng.normal(size=(4, 6))).within == ()

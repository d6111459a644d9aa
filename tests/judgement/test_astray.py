"""Targets in two units or wrapped around are told from what only looks like them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from autostable.judgement import astray as module
from autostable.judgement.astray import astray

ROWS = 1200
R = np.random.default_rng(3)
X = R.normal(size=(ROWS, 4))
WHICH = R.integers(0, 2, ROWS)  # a column that says which of two kinds a row is
BOTH = np.concatenate([X, WHICH[:, None]], axis=1)
LINE = X @ [1.0, 0.5, -0.3, 0.2]
RENT = (900 + 260 * LINE + R.normal(0, 20, ROWS)).clip(100).round()
WEIGHT = 70 + 9 * LINE + R.normal(0, 2, ROWS)
ODD = R.random(ROWS) < 0.15
CHANGE = (5 + 30 * LINE).round().astype(int)
TOTAL = (20000 + 9000 * LINE).round().astype(int)


def standard(y):
    return (y - y.mean()) / y.std()


MARKED = np.where(RENT >= 1000, RENT / 1000, RENT)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (MARKED, RENT),
        (np.where(ODD, WEIGHT * 1000, WEIGHT), WEIGHT),
        (np.where(ODD, WEIGHT / 60, WEIGHT), WEIGHT),
        ((CHANGE % 256).astype(float), CHANGE),
        (TOTAL.astype("int16").astype(float), TOTAL),
        ((2.0e9 + 4e8 * LINE).astype("int64").astype("int32").astype(float), (2.0e9 + 4e8 * LINE).astype("int64")),
    ],
)
@pytest.mark.parametrize("kind", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_what_is_put_back_is_what_was_meant(given, meant, kind):
    y = given.astype(kind).astype(float)
    found = astray(X, y)
    assert found is not None and found.after > found.before + 0.2
    here = (y >= found.low) & (y <= found.high)
    assert np.where(here, y * found.factor + found.shift, y) == pytest.approx(meant, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize(
    "given, meant", [(MARKED, RENT), ((CHANGE % 256).astype(float), CHANGE), (TOTAL.astype("int16"), TOTAL)]
)
def test_the_same_in_units_of_a_standardisation(given, meant):
    y = standard(given).astype("float32").astype(float)
    found = astray(X, y)
    assert found is not None
    here = (y >= found.low) & (y <= found.high)
    assert np.where(here, y * found.factor + found.shift, y) * given.std() + given.mean() == pytest.approx(
        meant, abs=0.5
    )


def test_several_turns_are_told_and_not_put_back():
    x = np.random.default_rng(0).uniform(0, 1, (2000, 2))
    y = (120_000 * x[:, 0]).round().astype(int).astype("int16") / 100.0
    found = astray(x, standard(y))
    assert found is not None and (found.kind, found.bits, found.low) == ("wrap", 16, None)


HEALTHY = {
    "claims, zero or thousands": (X, np.where(R.random(ROWS) < 0.7, 0, 2000 + 400 * LINE)),
    "thousands where x says so, else zero": (X, np.where(LINE > 0, 3000 + 900 * LINE, 0)),
    "day and night": (X, np.where(X[:, 0] > 0, 300 + 60 * X[:, 1], 0.5 + 0.06 * X[:, 1] + R.normal(0, 0.005, ROWS))),
    "two sizes, no column says which, another offset": (X, np.where(ODD, 10 + 0.5 * LINE, 400 + 60 * LINE)),
    "two products, x says which": (X, np.where(X[:, 0] > 0, 1, 100) * (3 + 0.4 * X[:, 1] - 0.3 * X[:, 2]).clip(1)),
    "two products, a column says which": (BOTH, np.where(WHICH, 1, 100) * (5 + 0.9 * X[:, 1] - 0.3 * X[:, 2]).clip(1)),
    "rare large events": (X, np.where(R.random(ROWS) < 0.03, 1000 * np.exp(R.normal(0, 0.5, ROWS)), 5 + LINE)),
    "counts, most of them zero": (X, R.poisson(np.exp(LINE)) * (R.random(ROWS) < 0.5)),
    "a long tail": (X, np.exp(2 * LINE)),
    "idle below a limit": (X, np.where(LINE > 0.5, 900 + 200 * LINE, 1 + 0.3 * LINE)),
    "near and far, by other columns": (X, np.where(ODD, 1e3 * (3 + 0.2 * X[:, 2]), 3 + 0.2 * X[:, 1])),
    "dark and bright": (X, np.where(X[:, 0] > 0, 245 + 8 * X[:, 1], 8 + 8 * X[:, 1]).round().clip(0, 255)),
    "brightness": (X, (128 + 60 * LINE).round().clip(0, 255)),
    "bytes that nothing tells": (X, R.integers(0, 256, ROWS)),
    "a mask with the noise of its packing": (X, np.where(ODD, R.integers(0, 4, ROWS), 255 - R.integers(0, 4, ROWS))),
    "whole numbers up to 200": (X, (100 + 30 * LINE).round().clip(0, 200)),
}


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize(
    "units",
    [pytest.param(lambda y: y, id="as they are"), pytest.param(standard, id="standardised", marks=pytest.mark.slow)],
)
def test_what_only_looks_like_it_is_left_alone(name, units):
    x, y = HEALTHY[name]
    assert astray(x, units(np.asarray(y, float))) is None


def test_few_rows_say_nothing():
    assert astray(X[: module.FEWEST_ROWS - 1], MARKED[: module.FEWEST_ROWS - 1]) is None
    assert astray(X[: module.FEWEST_ROWS], MARKED[: module.FEWEST_ROWS]) is not None


def test_it_is_plain_data():
    from autostable.records import Astray, from_json, to_json

    found = astray(X, MARKED)
    assert found is not None and from_json(to_json(found), Astray) == found
    assert dataclasses.asdict(found) == to_json(found)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (np.array([0.0, 1 / 255, 0.0], "float32"), (1, 3)),
        (np.full((2, 3, 3, 1), 1 / 255, "float16"), (18, 18)),
        (np.array([0.0, 1.0], "float32"), None),
        (np.array([0.0, 0.004, 0.0], "float32"), None),  # a probability
        (np.array([0.0, 1 / 255, 2 / 255], "float32"), None),  # intensities
        (np.zeros(4, "float32"), None),
    ],
)
def test_flags_that_were_divided_along_with_bytes(labels: Any, found: tuple[int, int] | None) -> None:
    byte = module.divided(labels)
    assert (byte and (byte.rows, byte.of)) == found
    if byte is not None:
        assert byte.low < labels.max() < byte.high and byte.factor * labels.max() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(("off", "found"), [(0.19, True), (0.21, False)])
def test_how_far_off_a_grid_numbers_may_be(off: float, found: bool) -> None:
    numbers = np.arange(41.0)
    numbers[-1] += off
    assert (module._grid(numbers) is not None) is found

"""A bounded audit says what a whole one says, and finds the one entry that is far out wherever it lies."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from autostable.training.audit import audit
from autostable.training.examine import glance
from autostable.training.examine.glance import Glance


def table(rows=100_000, columns=10, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype("float32")


def spoilt(value, row=76_543, column=3, **shape):
    found = table(**shape)
    found[row, column] = value
    return found


def test_few_entries_are_audited_as_they_are():
    array = spoilt(1e10, row=7, rows=100)
    assert Glance().at("x", array) == audit("x", array)


@pytest.mark.parametrize("order", ["C", "F"])
def test_one_entry_of_a_million_is_found(order):
    facts = Glance().at("x", np.asarray(spoilt(1e10), order=order))
    assert (facts.outliers, facts.outlier_count, facts.rows_read) == (((76_543, 3, 1e10),), 1, 100_000)
    assert max(facts.kept_high) < 10 and facts.high[3] == pytest.approx(1e10)


@pytest.mark.parametrize(("value", "counts"), [(np.nan, (1, 0)), (-np.inf, (0, 1))])
def test_one_bad_entry_of_a_million_is_found(value, counts):
    facts = Glance().at("x", spoilt(value))
    assert ((facts.nan, facts.inf), facts.bad_rows, facts.bad_row_count, facts.bad_columns) == (
        counts,
        (76_543,),
        1,
        (3,),
    )
    assert facts.outlier_count == 0 and all(np.isfinite((*facts.low, *facts.high, *facts.std)))


def test_rows_are_those_of_the_array_whatever_its_rank():
    pictures = table(rows=1000, columns=900).reshape(1000, 30, 30, 1)
    pictures[321, 29, 5, 0] = 1e10
    facts = Glance().at("x", pictures)
    assert (facts.outliers, facts.shape) == (((321, 0, 1e10),), (1000, 30, 30, 1))
    wide = table(rows=100, columns=8000)
    wide[42, 7999] = 1e10
    assert Glance().at("x", wide).outliers == ((42, 7999, 1e10),)
    assert audit("x", pictures).outliers == facts.outliers
    assert audit("x", wide).outliers == ((42, 7999, 1e10),)


def test_statistics_are_those_of_the_whole():
    array = table() * np.arange(1, 11, dtype="float32") + 5.0
    whole, some = audit("x", array), Glance().at("x", array)
    for name in ("mean", "std", "median", "iqr"):
        assert getattr(some, name) == pytest.approx(getattr(whole, name), rel=0.05)
    assert (some.low, some.high) != (whole.low, whole.high)  # of the sample
    classes = np.arange(300_000) % 7
    assert Glance().at("y", classes).distinct == 7 and Glance().at("y", classes).integers


@pytest.mark.parametrize("draw", ["lognormal", "normal"])
def test_a_long_tail_is_no_outlier_for_being_sampled(draw):
    array = getattr(np.random.default_rng(0), draw)(0.0, 2.0, size=(200_000, 5))
    assert Glance().at("x", array).outlier_count == audit("x", array).outlier_count == 0


def test_a_column_is_constant_only_if_all_of_it_was_seen():
    array = table()
    array[:, 4] = 1.0
    assert Glance().at("x", array).constant_columns == (4,)
    array[50_001, 4] = 2.0
    assert Glance().at("x", array).constant_count == 0
    array[50_001, 4] = 1.0
    assert Glance(500_000).at("x", array).constant_count == 0


def test_no_more_is_read_than_may_be(monkeypatch):
    monkeypatch.setattr(glance, "BLOCK", 10_000)
    looker = Glance(1_500_000)
    assert looker.at("x", table()).rows_read == 100_000
    second = looker.at("x", table())
    assert 40_000 <= second.rows_read <= 50_000  # what was left, spread over the whole
    third = looker.at("x", spoilt(np.nan, row=0))
    assert (third.rows_read, third.nan, third.bad_rows) == (20_000, 1, (0,))  # a sample is always to be had


def test_texts_and_nothing_are_no_numbers():
    assert Glance().at("x", np.array(["a"] * 300_000)) is None
    assert Glance().at("x", np.zeros((0, 3))).rows_read == 0
    assert dataclasses.asdict(Glance().at("x", np.float32(3.0)))["shape"] == (1,)

"""What is read off the data: above all what is an outlier, and what is only a long tail."""

from __future__ import annotations

import numpy as np
import pytest

from autostable.training.audit import audit


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

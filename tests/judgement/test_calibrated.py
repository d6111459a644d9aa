"""Of what predictions are measured, and by how much a few rows count."""

from __future__ import annotations

import numpy as np
import pytest

from autostable.judgement import calibrated as module
from autostable.judgement.calibrated import calibrated
from autostable.judgement.kinds import Kind
from tests.judgement.borders import noise


def test_eight_rows_can_be_measured_and_seven_cannot() -> None:
    y = np.arange(8.0)[:, None]
    assert calibrated(Kind.NUMBER, y, y) is not None
    assert calibrated(Kind.NUMBER, y[:7], y[:7]) is None


@pytest.mark.parametrize(("columns", "fits"), [(63, 126), (64, 128), (65, 128), (100, 128)])
def test_no_more_columns_are_calibrated_than_there_is_time_for(
    columns: int, fits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr(module, "isotonic", lambda x, y, at: calls.append(x) or at)
    y = noise(8 * columns).reshape(8, columns)
    assert calibrated(Kind.NUMBER, y, y) is not None
    assert len(calls) == fits


def test_labels_that_are_all_equal_and_scores_that_are_are_measured_or_not() -> None:
    labels, scores = np.arange(20.0)[:, None] % 2, np.zeros((20, 2))
    assert calibrated(Kind.CLASS, np.zeros((20, 1)), scores) is None
    assert calibrated(Kind.CLASS, labels, scores[:, :1]) is None  # a label without a score
    same = calibrated(Kind.CLASS, labels, scores + 3.0)
    assert same is not None and same.skill == 0.0


def test_what_a_constant_gets_of_rows_that_it_has_not_seen_is_smoothed_by_half_a_row() -> None:
    labels = np.repeat([0.0, 1.0], [12, 4])[:, None]
    found = calibrated(Kind.CLASS, labels, np.zeros((16, 2)))
    assert found is not None
    np.testing.assert_allclose(np.unique(found.constants), -np.log([6.5 / 9, 2.5 / 9]))


def test_no_row_costs_more_than_float32_can_tell() -> None:
    """One row of two hundred is wrong, and surer than all others."""
    labels = np.repeat([0.0, 1.0], 100)[:, None]
    scores = np.concatenate([-labels, labels], axis=1)
    scores[3] = 10 * scores[150]
    found = calibrated(Kind.CLASS, labels, scores)
    assert found is not None and found.losses.max() == pytest.approx(-np.log(1e-6))

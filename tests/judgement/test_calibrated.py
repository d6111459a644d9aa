"""Of what predictions are measured, by how much a few rows count; one temperature and class offsets, found without SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from autostable.judgement import calibrated as module
from autostable.judgement.calibrated import _softmax, _temperature, calibrated
from autostable.judgement.kinds import Kind
from tests.judgement.borders import noise


@pytest.mark.parametrize("strength", [-3.0, 0.0, 0.5, 5.0, 50.0])  # against the labels, blind, weak, strong, sure
@pytest.mark.parametrize("classes", [2, 10])
def test_a_temperature_is_no_worse_than_what_a_minimiser_finds(strength: float, classes: int) -> None:
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, 290)])
    labels[labels == 1] *= rng.random((labels == 1).sum()) < 0.2  # one of them is rare
    scores = rng.normal(size=(len(labels), classes)) + strength * np.eye(classes)[labels]
    scores = (scores - scores.mean()) / scores.std()
    offsets = np.log((np.bincount(labels, minlength=classes) + 0.5) / len(labels))

    def loss(at: np.ndarray) -> float:
        shares = _softmax(at[0] * scores + at[1:])
        own = shares[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(own, 1e-300)).mean() + 0.5 * ((at[1:] - offsets) ** 2).sum() / len(labels))

    temperature, found = _temperature(labels, scores, offsets)
    bounds = [(0.0, None), *[(None, None)] * classes]
    other = minimize(loss, np.concatenate([[0.0], offsets]), bounds=bounds, method="L-BFGS-B").x
    assert temperature >= 0.0 and (temperature == 0.0 or strength >= 0.0)
    assert loss(np.concatenate([[temperature], found])) <= loss(other) + 1e-9


def test_scores_that_are_all_equal_have_no_temperature() -> None:
    labels = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    shares = np.log(np.array([0.25, 0.75]))
    temperature, offsets = _temperature(labels, np.zeros((8, 2)), shares)
    assert temperature == 0.0 and offsets == pytest.approx(shares)


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

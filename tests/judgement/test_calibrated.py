"""One temperature and class offsets, found without SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from autostable.judgement.calibrated import _softmax, _temperature


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

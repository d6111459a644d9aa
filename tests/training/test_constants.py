"""Constants that a network is held against are outputs that it could give itself."""

import numpy as np
import pytest

from autostable.training.examine.learning import _of_its_kind, _positive

LABELS = np.arange(90) % 3
DRAWN = np.random.default_rng(0).normal(size=(90, 3))
SHARES = np.exp(DRAWN) / np.exp(DRAWN).sum(axis=1, keepdims=True)


def log_score(value):
    """Minus the log-probability of the label: of numbers that are none it falls on and on."""
    return float(-np.mean(value[LABELS]))


def test_constants_are_log_probabilities_where_the_outputs_are():
    loss = _of_its_kind(log_score, np.log(SHARES))
    assert loss(np.zeros(3)) == pytest.approx(np.log(3))
    assert loss(np.full(3, 1e6)) == pytest.approx(np.log(3)), "no constant is better than the shares of the classes"


def test_constants_are_shares_where_the_outputs_are():
    divergence = _of_its_kind(lambda value: float(-np.mean(np.log(value[LABELS]))), SHARES)
    assert divergence(np.full(3, 50.0)) == pytest.approx(np.log(3))


def test_constants_are_of_the_length_of_unit_vectors():
    goal = np.array([30.0, 0.0, 40.0])
    unit = DRAWN / np.linalg.norm(DRAWN, axis=1, keepdims=True)
    loss = _of_its_kind(lambda value: float(-value @ goal / 50.0), unit)
    assert loss(goal) == pytest.approx(-1.0) and loss(1e6 * goal) == pytest.approx(-1.0)
    same = np.repeat(unit[:1], 90, axis=0)
    assert _of_its_kind(lambda value: float(-value @ goal / 50.0), same)(goal) == -50.0, (
        "of one vector nothing is known"
    )


def test_of_other_outputs_any_number_is_a_constant():
    assert _of_its_kind(log_score, DRAWN)(np.full(3, 5.0)) == -5.0


@pytest.mark.parametrize(
    ("outputs", "targets", "kept"),
    [
        (np.exp(DRAWN), SHARES, True),  # a density's parameters, as large as what they stand for
        (np.exp(DRAWN), DRAWN[:, :1], True),
        (np.exp(DRAWN), DRAWN, False),  # answers: a network that cannot say what is negative is the worse for it
        (DRAWN, SHARES, False),
    ],
)
def test_constants_are_positive_where_the_outputs_have_to_be(outputs, targets, kept):
    loss = _positive(lambda value: float(value.min()), outputs, targets)
    assert loss(np.array([2.0, -3.0, 1.0])) == (1e-7 if kept else -3.0)

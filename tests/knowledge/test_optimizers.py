"""What clipping and sample weights leave of a learning rate, and how far weights would have to come."""

from __future__ import annotations

import dataclasses

import pytest

from autostable.evidence import Course, Evidence, ModelFacts
from autostable.knowledge import optimizers
from autostable.records import Symptom


def trained(name: str, rate: float | None, clipnorm: float | None, *norms: float) -> Evidence:
    model = ModelFacts("m", optimizer=name, learning_rate=rate, clipnorm=clipnorm)
    return Evidence(Symptom("useless", 9), model=model, course=Course(9, gradients=norms))


@pytest.mark.parametrize(
    ("evidence", "rate"),
    [
        (trained("SGD", 0.1, 0.01, 1.0, 2.0, 8.0), 0.1 * 0.005),  # of the middle one
        (trained("SGD", 0.1, 0.01, 0.0, float("nan"), 2.0), 0.1 * 0.005),
        (trained("SGD", 0.1, 4.0, 1.0, 2.0, 8.0), 0.1),  # it seldom binds
        (trained("SGD", 0.1, 0.01), 0.1),
        (trained("SGD", 0.1, None, 1.0), 0.1),
        (trained("Adam", 0.1, 0.01, 1.0), 0.1),  # whose steps do not know how large gradients are
        (trained("SGD", None, 0.01, 1.0), None),
    ],
)
def test_the_rate_at_work(evidence: Evidence, rate: float | None) -> None:
    assert optimizers.working_rate(evidence) == (None if rate is None else pytest.approx(rate))


@pytest.mark.parametrize(
    ("name", "moved", "times"),
    [
        ("SGD", 3e-3, 1000.0),
        ("_ByHand", 6e-3, 500.0),
        ("SGD", 0.051, None),
        ("SGD", 0.049, 3 / 0.049),
        ("SGD", 0.0, None),
        ("SGD", None, None),
        ("Adam", 3e-4, None),
        ("Adagrad", 3e-3, 1000.0),
    ],
)
def test_how_many_times_as_far_the_weights_would_have_to_come(
    name: str, moved: float | None, times: float | None
) -> None:
    evidence = Evidence(Symptom("useless", 9), model=ModelFacts("m", optimizer=name), course=Course(9, moved=moved))
    assert optimizers.missing(evidence) == (None if times is None else pytest.approx(times))


@pytest.mark.parametrize(
    ("rate", "clipnorm", "says_it_all"),
    [(0.05, None, False), (1.2e-3, None, False), (1e-3, None, True), (0.05, 0.01, True)],
)
def test_a_rate_that_is_low_by_itself_says_more(rate: float, clipnorm: float | None, says_it_all: bool) -> None:
    evidence = trained("SGD", rate, clipnorm, 1.0)
    moved = dataclasses.replace(evidence, course=dataclasses.replace(evidence.course, moved=3e-3))
    assert (optimizers.missing(moved) is None) is says_it_all

"""What is sure, of how few values, and what is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autostable.judgement.certainty import p_above_zero, p_of, standard_error, surely_above_zero
from tests.judgement.borders import noise, turns_at


def test_two_values_may_be_sure_and_one_is_not() -> None:
    assert surely_above_zero(np.array([1.0, 1.0001])) and not surely_above_zero(np.array([1.0, 1.1]))
    assert standard_error(np.array([1.0])) == math.inf and not surely_above_zero(np.array([1.0]))
    assert p_of(1e9, 0) == 1.0


def test_values_that_are_all_equal_are_sure_of_themselves() -> None:
    assert [p_above_zero(np.full(9, value)) for value in (0.5, 0.0, -0.5)] == [0.0, 1.0, 1.0]


@pytest.mark.parametrize(("count", "border"), [(8, 1.182351), (40, 0.37438), (400, 0.114552)])
def test_how_far_above_zero_a_mean_must_lie(count: int, border: float) -> None:
    assert turns_at(lambda mean: surely_above_zero(mean + noise(count)), border)

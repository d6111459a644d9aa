"""Rates that throw the loss up before anything is learnt, and trainings whose loss begins as high by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Verdict
from tests.training.conftest import story_of

pytestmark = pytest.mark.slow
X = np.random.default_rng(0).normal(size=(512, 16)).astype("float32")
Y = X[:, :4].sum(axis=1)


def fitted(rate: float, targets: Any) -> Callable[[], None]:
    def program() -> None:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((16,)), *(layers.Dense(48, "relu") for _ in range(2)), layers.Dense(1)])
        model.compile(keras.optimizers.Adam(rate), "mse")
        model.fit(X, targets, epochs=5, batch_size=64, verbose=0)

    return program


def test_a_loss_that_comes_down_from_where_a_rate_has_thrown_it_is_sick() -> None:
    (story,) = story_of(fitted(30.0, Y))

    assert story.verdict is Verdict.UNREPAIRED and story.symptom.kind == "useless"
    assert story.attempts[0].learning.reason == "above-constant"
    assert story.causes[0].code == "learning-rate-too-high"


@pytest.mark.parametrize("rate", [0.01, 0.03])
def test_raw_targets_begin_high_and_their_loss_may_come_down(rate: float) -> None:
    (story,) = story_of(fitted(rate, 100.0 * Y + 500.0))

    assert story.verdict is Verdict.HEALTHY

"""What `knowledge.schedules` says of Keras' schedules."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import pytest

from autostable.knowledge.schedules import SCHEDULES

MADE: dict[str, dict[str, Any]] = {
    "ExponentialDecay": {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.8},
    "InverseTimeDecay": {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.8},
    "CosineDecay": {
        "initial_learning_rate": 0.1,
        "decay_steps": 9,
        "alpha": 0.2,
        "warmup_target": 0.5,
        "warmup_steps": 4,
    },
    "CosineDecayRestarts": {"initial_learning_rate": 0.5, "first_decay_steps": 4},
    "PolynomialDecay": {"initial_learning_rate": 0.5, "decay_steps": 9},
    "PiecewiseConstantDecay": {"boundaries": [3, 6], "values": [0.5, 0.2, 0.1]},
}


def test_all_of_keras_are_known() -> None:
    kinds = {name for name, kind in vars(keras.optimizers.schedules).items() if inspect.isclass(kind)}
    assert kinds - {"LearningRateSchedule"} == set(SCHEDULES)


@pytest.mark.parametrize("name", SCHEDULES)
def test_its_rates_times_a_factor_are_the_schedule_times_that_factor(name: str) -> None:
    kind = getattr(keras.optimizers.schedules, name)
    parameters = list(inspect.signature(kind).parameters.values())
    given = dict(MADE[name])
    for rate in SCHEDULES[name]:
        assert parameters[rate.place].name == rate.name
        assert rate.default is None or parameters[rate.place].default == rate.default
        before = given.get(rate.name, rate.default)
        given[rate.name] = [0.1 * each for each in before] if isinstance(before, list) else 0.1 * before
    one, other = kind(**MADE[name]), kind(**given)
    for step in range(12):
        assert float(other(step)) == pytest.approx(0.1 * float(one(step)), rel=1e-5)

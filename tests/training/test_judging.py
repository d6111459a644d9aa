"""How a run of a fit is judged by labels and loss."""

import keras
import numpy as np
import pytest

from autostable.training.judging import Judge


@pytest.fixture
def judge():
    """Of a regression whose best constant has a squared error of 4."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    y = np.asarray([1.0, 5.0] * 8, "float32")
    return Judge(model, {"x": np.zeros((16, 2), "float32"), "y": y, "epochs": 1}, None, sweep=False)


@pytest.mark.parametrize(("last", "learnt"), [(1.9, True), (2.1, False), (None, False)])
def test_a_run_far_below_a_constants_loss_has_learnt_however_it_began(judge, last, learnt):
    assert judge.has_learnt(last) is learnt


def test_nothing_is_said_where_no_constant_is_known(judge):
    judge._model.compile(loss=lambda y, p: keras.ops.mean(keras.ops.abs(y - p)))
    assert not judge.has_learnt(1.0)

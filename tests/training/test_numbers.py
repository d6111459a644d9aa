"""Numbers that were chosen by hand, each from both sides."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.training import rewind
from autostable.training.examine import recognised
from autostable.training.examine.model_step import taken_apart
from tests.training.test_model_step import Step, squared


@pytest.mark.parametrize(("off", "same"), [(1.9e-3, True), (2.1e-3, False)])
def test_how_much_alike_the_values_of_a_loss_are(off, same):
    known = np.arange(-2.0, 3.0)
    assert recognised._alike(3.0 * known + 7.0 + 3.0 * off * np.array([1.0, -1.0, 0.0, -1.0, 1.0]), known) is same


@pytest.mark.parametrize(("depth", "found"), [(4, True), (5, False)])
def test_how_deep_variables_of_a_model_are_looked_for(depth, found):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    held = tf.Variable(1.0)
    for _ in range(depth - 1):  # the attributes of the model are a list, too
        held = [held]
    model.kept = held
    assert (len(rewind.untracked(model)) == 1) is found


@pytest.mark.parametrize(("models", "apart"), [(3, True), (4, False)])
def test_how_many_models_may_make_a_chain(models, apart):
    keras.utils.set_random_seed(0)
    chain = [keras.Sequential([keras.Input((2,)), layers.Dense(2)]) for _ in range(models)]

    def loss(x, y):
        for model in chain:
            x = model(x)
        return squared(y, x)

    x = np.random.default_rng(0).normal(size=(12, 2)).astype("float32")
    assert (taken_apart(Step(loss), [(x, 2 * x + 7)]) is not None) is apart

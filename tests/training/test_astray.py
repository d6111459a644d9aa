"""Targets in another unit, or wrapped around: sick though the loss looks fine, and put back in training."""

import keras
import numpy as np
import pytest

from autostable.records import Code, Verdict
from autostable.setup import PutBack, Setup
from autostable.training import install
from autostable.training.examine.rows import Rows

ROWS = 1200
BACK = PutBack(-5.0, 10.0, 1000.0, 2.0)


def rents():
    """Inputs, rents as they are, and as they are read with a mark of thousands for a point."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 4)).astype("float32")
    true = (900 + 260 * (x @ [1.0, 0.5, -0.3, 0.2]) + rng.normal(0, 20, ROWS)).clip(100).round()
    return x, true, np.where(true >= 1000, true / 1000, true)


def trained(x, y):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(5e-3), "mse")
    model.fit(x, y, batch_size=32, epochs=15, validation_split=0.1, verbose=0)
    return model


@pytest.mark.slow
def test_a_mark_of_thousands_is_told_and_put_back(stories):
    x, true, read = rents()
    mean, std, made = read.mean(), read.std(), []
    (story,) = stories(lambda: made.append(trained(x, (read - mean) / std)), repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_SUSPICIOUS)
    assert [remedy.name for remedy in story.plan] == ["restore-targets"]
    assert story.attempts[0].learning.reason == "astray"
    said = np.asarray(made[0](x))[:, 0] * std + mean
    assert np.mean((said - true) ** 2) < 0.05 * true.var()


@pytest.mark.slow
def test_true_rents_are_left_alone(stories):
    x, true, _ = rents()
    (story,) = stories(lambda: trained(x, (true - true.mean()) / true.std()))
    assert story.verdict is Verdict.HEALTHY and story.attempts[0].learning.reason == "learnt"


@pytest.mark.slow
def test_the_loss_sees_targets_that_were_put_back():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile("sgd", "mae")
    installation = install.Installation(model, None)
    installation.put(Setup(put_back=(BACK,), own_loss=False), retrace=False)
    x, y = np.zeros((2, 1), "float32"), np.array([[1.5], [900.0]], "float32")
    loss = float(install.compute_loss(type(model).compute_loss, model, x=x, y=y, y_pred=model(x)))
    installation.take_off(retrace=False)
    assert loss == pytest.approx((1502.0 + 900.0) / 2)


def test_rows_are_put_back_once():
    some = Rows(np.zeros((3, 1)), np.array([1.5, 10.5, 900.0]))
    once = some.put_back((BACK,), [0])
    assert once.y.tolist() == [1502.0, 10.5, 900.0]
    assert once.put_back((BACK,), [0]).y.tolist() == once.y.tolist()
    assert some.put_back((None,), [0]) is some

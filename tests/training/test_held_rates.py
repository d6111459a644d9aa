"""A rate that is a plain function: the traced step holds what it said, and a plan is a plan for that."""

import keras
import numpy as np
import pytest

from autostable.records import Code
from autostable.training import facts, held_rates

X = np.random.default_rng(0).normal(size=(640, 4)).astype("float32")
Y = (X[:, :1] * X[:, 1:2] + X[:, 2:3] > 0).astype("float32")


def warmed_up(peak=0.02, steps=2000, eager=False):
    keras.utils.set_random_seed(0)
    done = {"steps": 0}

    class Counts(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            done["steps"] += 1

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "tanh"), keras.layers.Dense(1, "sigmoid")])
    optimizer = keras.optimizers.Adam(lambda: peak * min(1.0, (done["steps"] + 1) / steps))
    model.compile(optimizer, "binary_crossentropy", run_eagerly=eager)
    model.fit(X, Y, batch_size=32, epochs=20, verbose=0, callbacks=[Counts()])
    return model


def test_the_rate_is_the_one_that_was_held(watch):
    with watch():
        model = warmed_up()
    assert held_rates.held(model.optimizer) == pytest.approx(1e-5)
    assert facts.learning_rate(model) == pytest.approx(1e-5) and facts.model_facts(model).rate_held


def test_an_eager_step_asks_it_each_time(watch):
    with watch():
        model = warmed_up(steps=100, eager=True)
    assert held_rates.held(model.optimizer) is None and facts.learning_rate(model) == pytest.approx(0.02)


@pytest.mark.slow
def test_it_is_raised_from_what_was_held(stories):
    (story,) = stories(warmed_up, repair=True)
    cause = story.causes[0]
    assert cause.code is Code.LEARNING_RATE_TOO_LOW
    assert (
        "Adam runs at 1e-05, 100 times below the usual (what a function said when the step was traced" in cause.evidence
    )
    (remedy,) = story.plan
    assert remedy.name == "raise-learning-rate" and remedy.parameters["factor"] >= 100.0

"""Four rows: what cannot be told of so few excuses nothing that can. A constant's loss is known of any number of rows."""

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Verdict

pytestmark = pytest.mark.slow

FLATS = np.array([[54, 2, 850], [71, 4, 1200], [38, 1, 300], [96, 3, 2100]], "float32")
RENTS = np.array([[5000], [5010], [5020], [5030]], "float32")
r2 = []


def program(epochs=100):
    """Raw inputs and targets at a rate for others: NaN after a few steps."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(FLATS, RENTS, epochs=epochs, batch_size=4, verbose=0)
    r2.append(1 - float(np.mean((model.predict(FLATS, verbose=0) - RENTS) ** 2)) / float(np.var(RENTS)))


def test_clipped_it_is_finite_and_bounded_and_no_cure(stories):
    """It ends 50,000 times above the loss of a constant."""
    (story,) = stories(program, repair=True, select=("clip-gradients",))
    assert (story.verdict, story.plan) == (Verdict.UNREPAIRED, ())
    stable = [each for each in story.attempts if each.kind == "full" and each.outcome == "stable"]
    assert stable and all(each.learning.reason == "above-constant" for each in stable)
    assert all(each.learning.constant == pytest.approx(125.0) for each in stable)


def test_nor_is_it_a_cure_of_a_fit_of_a_few_steps(stories):
    """Which are too few for anything else to be told of it."""
    (story,) = stories(lambda: program(25), repair=True, select=("clip-gradients",))
    assert (story.verdict, story.plan) == (Verdict.UNREPAIRED, ())
    assert any(each.kind == "full" and each.outcome == "stable" for each in story.attempts)


def test_a_few_steps_that_put_inputs_and_targets_in_order_are_a_cure(stories):
    (story,) = stories(lambda: program(25), repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert story.attempts[-1].learning is None  # no more is said of so few steps


def test_what_puts_inputs_and_targets_in_order_cures_it(stories):
    (story,) = stories(program, repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert [step.name for step in story.plan] == ["rescale-inputs", "rescale-targets"]
    assert story.attempts[-1].learning.reason == "learnt" and r2[-1] > 0.0


def test_four_rows_that_nothing_is_told_of_are_left_alone(stories):
    """Targets at random, and a training that has come down to a constant: nobody can tell more, and nobody says more."""

    def sound():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
        y = np.random.default_rng(1).normal(size=(4, 1)).astype("float32")
        model = keras.Sequential([keras.Input((3,)), layers.Dense(8, "tanh"), layers.Dense(1)])
        model.compile(keras.optimizers.Adam(1e-3), "mse")
        model.fit(x, y, epochs=60, batch_size=4, verbose=0)
        return model.get_weights()

    alone, found = sound(), []
    (story,) = stories(lambda: found.extend(sound()), repair=True)
    assert (story.verdict, story.warnings, story.plan) == (Verdict.HEALTHY, (), ())
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(found, alone, strict=True))

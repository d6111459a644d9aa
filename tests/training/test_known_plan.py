"""A training under the plan that cured it is not judged by the faults that the plan has put right."""

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Remedy, Verdict

pytestmark = pytest.mark.slow


def fitted(labels, units, activation, loss, epochs=20):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(320, 4)).astype("float32")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(units, activation, name="out")])
    model.compile(keras.optimizers.Adam(0.02), loss)
    model.fit(x, labels(x), epochs=epochs, batch_size=32, verbose=0)


def from_one(x):
    return 1 + (x[:, 0] > 0).astype("int64") + (x[:, 1] > 0)


def one_two(x):
    return 1.0 + (x[:, 0] > 0)


CASES = {
    "classes from 1": ((from_one, 3, "softmax", "sparse_categorical_crossentropy"), Remedy("remap-labels", {"offset": 1})),
    "classes 1 and 2": (
        (one_two, 1, "sigmoid", "binary_crossentropy"), Remedy("remap-labels", {"shift": 1.0, "divisor": 1.0}),
    ),
    "a loss that is not for class numbers": (
        (lambda x: from_one(x)[:, None] - 1, 3, "softmax", "mean_squared_error"),
        Remedy("swap-loss", {"loss": "sparse_categorical_crossentropy", "activations": {}, "old_loss": "meaningless"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_the_plan_puts_right_is_no_fault(name, watch):
    program, remedy = CASES[name]
    with watch(plans={"0": (remedy,)}) as session:
        fitted(*program)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED, (story.symptom, story.causes)


def test_a_fault_that_the_plan_leaves_is_still_seen(watch):
    with watch(plans={"0": (Remedy("lower-learning-rate", {"factor": 0.5}),)}) as session:
        fitted(*CASES["classes 1 and 2"][0])
    (story,) = session.stories
    assert story.verdict is Verdict.UNREPAIRED


def test_a_plan_is_on_a_model_once_after_its_fit_too(watch):
    """It is not put on again, as on the model of a loop, where the program goes on to predict."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)).astype("float32")  # its last batch is a smaller one
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with watch(plans={"0": (Remedy("remap-labels", {"offset": 1}),)}):
        model.fit(x, from_one(x), epochs=1, verbose=0)
        predicted = model.predict(x, verbose=0)
    assert isinstance(predicted, np.ndarray)
    assert predicted.shape == (200, 4)

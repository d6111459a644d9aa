"""Loops that keep the best weights by what they measure, where that is NaN: no comparison with it is true."""

import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code, Remedy, Verdict
from autostable.training.audit import audit
from autostable.training.examine.held import Held

X = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
Y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype("float32")
GAPS = X[:64].copy()
GAPS[5, 3] = np.nan


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), layers.Dense(24, "tanh"), layers.Dense(24, "tanh"), layers.Dense(1)])


def steps_of_its_own(model):
    optimizer, entropy = keras.optimizers.Adam(0.02), keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = entropy(y, model(x, training=True)[:, 0])
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    return step, lambda x: float(entropy(Y[:64], model(x)[:, 0]))


def steps_of_keras(model):
    model.compile(keras.optimizers.Adam(0.02), keras.losses.BinaryCrossentropy(from_logits=True))
    return model.train_on_batch, lambda x: model.evaluate(x, Y[:64], verbose=0)


def keeping_the_best(made, valid):
    model = network()
    step, measured = made(model)
    best, kept = np.inf, model.get_weights()
    for _ in range(12):
        for start in range(0, 320, 32):
            step(X[start : start + 32], Y[start : start + 32])
        if measured(valid) < best:
            best, kept = measured(valid), model.get_weights()
    model.set_weights(kept)


@pytest.mark.slow
@pytest.mark.parametrize("made", [steps_of_its_own, steps_of_keras])
def test_weights_that_were_put_back_for_gaps_in_what_is_measured_on(made, stories):
    (story,) = stories(lambda: keeping_the_best(made, GAPS))
    cause = story.causes[0]
    assert (story.verdict, cause.code) == (Verdict.UNREPAIRED, Code.DATA_NONFINITE) and story.symptom.evidence[
        "put_back"
    ]
    assert cause.evidence.startswith("validation x (valid) holds 1 NaN and 0 Inf in 1 of 64 rows (rows 5, columns 3)")
    fill = {"inputs": [{"fill": [0.0] * 4}]}
    (story,) = stories(lambda: keeping_the_best(made, GAPS), plans={"0": (Remedy("impute-missing", fill),)})
    assert story.verdict is Verdict.REPAIRED


@pytest.mark.slow
@pytest.mark.parametrize("made", [steps_of_its_own, steps_of_keras])
def test_weights_that_are_the_best_are_no_failure(made, stories):
    (story,) = stories(lambda: keeping_the_best(made, X[:64]))
    assert story.verdict is Verdict.HEALTHY


def inputs(shape):
    return [audit("x", np.zeros(shape))]


def test_what_a_function_holds_is_seen():
    def training():
        valid = GAPS.copy()  # noqa: F841
        other = np.full((3, 7), np.inf)  # noqa: F841
        return Held(sys._getframe())

    held = training()
    (found,) = held.as_validation(inputs((320, 4)))
    assert (found.name, found.nan, found.bad_rows) == ("validation x (valid)", 1, (5,))
    assert held.as_validation(inputs((320, 5))) == ()
    places = held.as_validation([*inputs((320, 2)), *inputs((320, 7))])
    assert [(each.name, each.inf) for each in places] == [("validation x[0]", 0), ("validation x[1] (other)", 21)]


def test_what_an_object_and_a_tuple_hold_is_seen():
    class Trainer:
        def __init__(self):
            self.valid = (GAPS.copy(), np.zeros(64))

        def train(self):
            return Held(sys._getframe())

    (found,) = Trainer().train().as_validation([audit("x", X)])
    assert found.name in {"validation x (valid)", "validation x (GAPS)"} and found.nan == 1


def test_a_pipeline_is_read_when_it_is_asked_for():
    valid = tf.data.Dataset.from_tensor_slices((np.full((8, 3), np.nan, "float32"), np.zeros(8))).batch(4)  # noqa: F841
    held = Held(sys._getframe())
    (found,) = held.as_validation(inputs((10, 3)))
    assert (found.name, found.nan) == ("validation x (valid)", 24)


def test_what_the_steps_were_given_with_gaps_is_no_validation():
    held = Held(sys._getframe())
    assert held.as_validation([audit("x", GAPS)]) == ()


@pytest.mark.slow
def test_an_evaluation_on_gaps_is_told(watch):
    keras.utils.set_random_seed(0)
    model = network()
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    with watch() as session:
        model.fit(X, Y, epochs=1, verbose=0)
        model.evaluate(X, Y, verbose=0)
        assert session.remarks == []
        model.evaluate(GAPS, Y[:64], verbose=0)
        model.evaluate(x=GAPS, y=Y[:64], verbose=0, return_dict=True)
    (said, _) = session.remarks
    assert (
        said.endswith(
            "gives nan though all weights are finite: what it is given holds NaN or Inf in 1 of 64 rows. No comparison with it "
            "is true, so nothing that goes by it works."
        )
        and "test_put_back.py:" in said
    )

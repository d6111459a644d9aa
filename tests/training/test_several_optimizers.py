"""Loops and steps with several optimizers: those of one loss are judged, and of trainings one after the other the last."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Code

RNG = np.random.default_rng(0)
X = RNG.normal(size=(320, 4)).astype("float32")
RAW = (X * [1, 300, 20000, 5] + [0, 900, 400000, 3]).astype("float32")
Y = (X[:, :1] + X[:, 1:2] > 0).astype("float32")
ENTROPY = keras.losses.BinaryCrossentropy(from_logits=True)


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "tanh"), keras.layers.Dense(1)])


def trained(step, x, y, epochs=8):
    for _ in range(epochs):
        for start in range(0, len(x), 20):
            step(x[start : start + 20], y[start : start + 20])


def with_two_rates(x, traced):
    model, body, head = network(), keras.optimizers.SGD(0.05), keras.optimizers.Adam(1e-3)

    def step(a, b):
        with tf.GradientTape() as tape:
            loss = ENTROPY(b, model(a, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        body.apply_gradients(zip(grads[:2], model.trainable_variables[:2], strict=True))
        head.apply_gradients(zip(grads[2:], model.trainable_variables[2:], strict=True))

    trained(tf.function(step) if traced else step, x, Y)


def one_after_the_other(x, y):
    """A model that learns what there is, then another one."""
    for inputs, targets in ((X, Y), (x, y)):
        model, optimizer = network(), keras.optimizers.SGD(0.1)

        def step(a, b, model=model, optimizer=optimizer):
            with tf.GradientTape() as tape:
                loss = ENTROPY(b, model(a, training=True))
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

        trained(tf.function(step), inputs, targets)


class TwoRates(keras.Model):
    def __init__(self):
        super().__init__()
        self.body, self.head = keras.layers.Dense(16, "tanh"), keras.layers.Dense(1)
        self.slow, self.fast = keras.optimizers.SGD(0.05), keras.optimizers.Adam(1e-3)

    def call(self, x):
        return self.head(self.body(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        body, head = self.body.trainable_variables, self.head.trainable_variables
        grads = tape.gradient(loss, body + head)
        self.slow.apply_gradients(zip(grads[:2], body, strict=True))
        self.fast.apply_gradients(zip(grads[2:], head, strict=True))
        return {"loss": loss}


def fitted(x):
    keras.utils.set_random_seed(0)
    model = TwoRates()
    model.compile(loss=ENTROPY)
    model.fit(x, Y, batch_size=20, epochs=8, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize("traced", [True, False])
def test_a_loop_with_two_rates_for_one_loss_is_judged(traced, stories):
    (story,) = stories(lambda: with_two_rates(RAW, traced))
    assert (story.symptom.kind, story.causes[0].code) == ("useless", Code.DATA_UNSCALED_INPUTS)
    (story,) = stories(lambda: with_two_rates(X, traced))
    assert story.symptom is None
    assert story.attempts[0].learning.state == "healthy"


@pytest.mark.slow
def test_an_own_step_with_two_rates_for_one_loss_is_judged(stories):
    (story,) = stories(lambda: fitted(RAW))
    assert (story.symptom.kind, story.causes[0].code) == ("useless", Code.DATA_UNSCALED_INPUTS)


@pytest.mark.slow
def test_of_two_trainings_the_last_is_judged(stories):
    (story,) = stories(lambda: one_after_the_other(RAW, Y))
    assert (story.symptom.kind, story.causes[0].code) == ("useless", Code.DATA_UNSCALED_INPUTS)
    assert story.evidence.course.steps == 128
    (story,) = stories(lambda: one_after_the_other(X, Y))
    assert story.notes == ("2 trainings followed one another in loops; the last of them was judged.",)


def taking_turns():
    """A critic and what it judges, each by a function of its own."""
    critic, maker = network(), network()
    steps = []
    for model, sign in ((critic, 1.0), (maker, -1.0)):
        optimizer = keras.optimizers.SGD(0.01)

        def step(a, model=model, optimizer=optimizer, sign=sign):
            with tf.GradientTape() as tape:
                loss = sign * tf.reduce_mean(tf.tanh(critic(a)) * tf.tanh(maker(a)))
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

        steps.append(tf.function(step))
    for _ in range(40):
        for step in steps:
            step(X[:32])


def test_of_parties_that_take_turns_all_steps_count(stories):
    (story,) = stories(taking_turns)
    assert story.symptom is None and story.attempts[0].steps == 80
    assert story.notes == ("Finite and bounded; whether it learns is not known.",)

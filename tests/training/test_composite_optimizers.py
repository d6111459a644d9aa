"""Optimizers made of others: keras.optimizers.MultiOptimizer, and wrappers of the user's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow


class Lookahead(keras.optimizers.Optimizer):
    """Lets another optimizer go ahead and follows half the way (M. Zhang et al., 2019, with k = 1)."""

    def __init__(self, inner):
        super().__init__(learning_rate=1.0, name="lookahead")
        self.inner = inner

    def build(self, variables):
        super().build(variables)
        self.inner.build(variables)
        self.slow = [self.add_variable_from_reference(v, name="slow", initializer="zeros") for v in variables]
        for slow, variable in zip(self.slow, variables, strict=True):
            slow.assign(variable)

    def apply(self, grads, trainable_variables=None):
        variables = list(trainable_variables or self._trainable_variables)
        if not self.built:
            self.build(variables)
        self.inner.apply(grads, variables)
        for slow, variable in zip(self.slow, variables, strict=True):
            slow.assign_add(0.5 * (variable - slow))
            variable.assign(slow)
        self._iterations.assign_add(1)


class Delegating(keras.optimizers.Optimizer):
    """Has another optimizer's rule, by `update_step`."""

    def __init__(self, inner, learning_rate):
        super().__init__(learning_rate=learning_rate, name="delegating")
        self.inner = inner

    def build(self, variables):
        super().build(variables)
        self.inner.build(variables)

    def update_step(self, gradient, variable, learning_rate):
        self.inner.update_step(gradient, variable, learning_rate)


def multi(rate):
    fast = keras.optimizers.SGD(rate)
    return keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(keras.optimizers.Adam(1e-3), {".*last.*": fast})
    )


MAKERS = {
    "multi": multi,
    "lookahead": lambda rate: Lookahead(keras.optimizers.SGD(rate)),
    "delegating": lambda rate: Delegating(keras.optimizers.SGD(rate), rate),
}


def weighted(y_true, y_pred):
    return tf.square(y_true[:, 0] - y_pred[:, 0]) * -tf.math.log(y_true[:, 1])


def train(optimizer, loss="mse", bad=None):
    keras.utils.set_random_seed(2)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(64, 4)).astype("float32")
    y = x.sum(axis=1, keepdims=True) + 3.0
    if bad is not None:
        y = np.concatenate([y, np.full_like(y, 0.5)], axis=1)
        y[bad, 1] = 0.0
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4, "tanh", name="first"), layers.Dense(1, name="last")])
    model.compile(optimizer, loss)
    history = model.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0)
    return [np.array(weight) for weight in model.get_weights()], history.history["loss"]


@pytest.mark.parametrize("kind", MAKERS)
def test_healthy_is_left_as_it_is(kind, watch):
    plain, losses = train(MAKERS[kind](5e-2))
    with watch() as session:
        keras.backend.clear_session()
        watched, same = train(MAKERS[kind](5e-2))
    (story,) = session.stories
    assert story.verdict is Verdict.HEALTHY
    assert len(story.attempts[0].curve) == 32  # one update a step
    assert losses == same
    assert all(map(np.array_equal, plain, watched))


@pytest.mark.parametrize("kind", MAKERS)
def test_logarithm_of_a_zero_is_repaired(kind, stories):
    (story,) = stories(lambda: train(MAKERS[kind](1e-3), weighted, bad=20), repair=True)
    assert story.symptom.step == 2
    assert story.causes[0].code is Code.UNSAFE_LOG
    assert story.verdict is Verdict.REPAIRED
    assert "epsilon-loss" in [step.name for step in story.plan]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_rate_that_is_too_high_is_lowered(kind, stories):
    (story,) = stories(lambda: train(MAKERS[kind](60.0)), repair=True)
    assert story.causes[0].code is Code.LEARNING_RATE_TOO_HIGH, story.causes
    assert story.verdict is Verdict.REPAIRED
    assert "lower-learning-rate" in [step.name for step in story.plan]


def test_epsilon_of_an_inner_optimizer_is_raised(stories):
    def program():
        keras.utils.set_random_seed(2)
        x = np.random.default_rng(2).normal(size=(64, 4)).astype("float32")
        x[:, 1] = 0.0
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1, name="last")])
        model.compile(Lookahead(keras.optimizers.Adam(1e-2, epsilon=0.0)), "mse")
        model.fit(x, x[:, :1], batch_size=8, epochs=4, verbose=0)

    (story,) = stories(program, repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert [step.name for step in story.plan] == ["raise-optimizer-epsilon"]

"""What belongs together in a step of the user's own: two views are a pair, of three parts nobody knows."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from autostable.records import Verdict

pytestmark = pytest.mark.slow

rng = np.random.default_rng(0)
LEFT = rng.normal(size=(512, 6)).astype("float32")
RIGHT = (LEFT @ rng.normal(size=(6, 5)) + 0.1 * rng.normal(size=(512, 5))).astype("float32")


class Twins(keras.Model):
    """Two views of each row are to be told from those of the other rows; `scale` makes the logits of it."""

    def __init__(self, scale):
        super().__init__()
        self.nets = [keras.Sequential([layers.Dense(16, "tanh"), layers.Dense(8), layers.UnitNormalization()])
                     for _ in range(2)]  # fmt: skip
        self.scale = scale

    def call(self, views):
        return [net(view) for net, view in zip(self.nets, views, strict=True)]

    def train_step(self, data):
        (views,) = data
        with tf.GradientTape() as tape:
            one, two = self(views, training=True)
            logits = self.scale * ops.matmul(one, ops.transpose(two))
            loss = ops.mean(
                ops.sparse_categorical_crossentropy(ops.arange(ops.shape(one)[0]), logits, from_logits=True)
            )
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
        return {"loss": loss}


@pytest.mark.parametrize(
    ("scale", "verdict", "reason"), [(5.0, Verdict.HEALTHY, "learnt"), (0.0, Verdict.UNREPAIRED, "no-signal")]
)
def test_two_views_are_shuffled_against_each_other(scale, verdict, reason, stories):
    """Logits that are all the same say nothing of which views belong together, whatever the training shows."""
    keras.utils.set_random_seed(0)
    model = Twins(scale)
    model.compile(keras.optimizers.Adam(0.01))
    pipeline = tf.data.Dataset.from_tensor_slices((LEFT, RIGHT)).batch(64).map(lambda one, two: ((one, two),))
    (story,) = stories(lambda: model.fit(pipeline, epochs=12, verbose=0))
    assert story.verdict is verdict and story.attempts[0].learning.reason == reason


def test_a_policy_that_gets_worse_is_not_called_sick_or_repaired(stories):
    """Rows, actions and what they brought: that one goes with another is no sign of what was to be learnt."""
    keras.utils.set_random_seed(0)
    drawn = np.random.default_rng(1)
    policy = keras.Sequential([keras.Input((6,)), layers.Dense(3)])
    optimizer = keras.optimizers.Adam(5e-3)
    optimizer.build(policy.trainable_variables)

    @tf.function
    def update(rows, actions, gains):
        with tf.GradientTape() as tape:
            chosen = tf.gather(tf.nn.log_softmax(policy(rows, training=True)), actions, batch_dims=1)
            loss = tf.reduce_mean(chosen * gains)  # a sign too few
        grads = tape.gradient(loss, policy.trainable_variables)
        optimizer.apply_gradients(zip(grads, policy.trainable_variables, strict=True))
        return loss

    def program():
        for _ in range(120):
            rows = drawn.normal(size=(64, 6)).astype("float32")
            shares = np.asarray(tf.nn.softmax(policy(rows)), np.float64)
            actions = (shares.cumsum(1) > drawn.random((64, 1)) * shares.sum(1, keepdims=True)).argmax(1)
            gains = np.tanh(rows[:, :3])[np.arange(64), actions] + 0.3 * drawn.normal(size=64)
            update(tf.constant(rows), tf.constant(actions), tf.constant(gains.astype("float32")))

    (story,) = stories(program)
    assert story.verdict is Verdict.HEALTHY and story.symptom is None and story.plan == ()


@pytest.mark.parametrize(("width", "verdict"), [(1e-4, Verdict.UNREPAIRED), (2.0, Verdict.HEALTHY)])
def test_a_generator_without_any_gradient_is_sick(width, verdict, stories):
    """What it learns cannot be told, but that nothing moves can: of a kernel that is too narrow every value is 0."""
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((2,)), layers.Dense(6)])
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(made.trainable_variables)

    def kernel(one, two):
        return tf.exp(-tf.reduce_sum((one[:, None] - two[None]) ** 2, -1) / width**2)

    @tf.function
    def step(real):
        noise = tf.random.normal((tf.shape(real)[0], 2))
        with tf.GradientTape() as tape:
            drawn = made(noise, training=True)
            loss = tf.reduce_mean(kernel(drawn, drawn)) - 2.0 * tf.reduce_mean(kernel(drawn, real))
        grads = tape.gradient(loss, made.trainable_variables)
        optimizer.apply_gradients(zip(grads, made.trainable_variables, strict=True))
        return loss

    def program():
        for number in range(80):
            step(tf.constant(LEFT[number % 8 * 64 : number % 8 * 64 + 64]))

    (story,) = stories(program)
    assert story.verdict is verdict
    if verdict is Verdict.UNREPAIRED:
        assert "nothing moves any more" in story.symptom.evidence["judged"]

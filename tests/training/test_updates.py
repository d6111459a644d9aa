"""First bad numbers that the update itself gives, and steps that a rare batch alone spoils: cause, plan, cure."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow


def data(rows=64):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(rows, 4)).astype("float32")
    return x, x[:, :1] - 0.5 * x[:, 1:2]


def dense(*more):
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((4,)), *more, layers.Dense(1)])


def fitted(optimizer, x, y, model=None, **arguments):
    def program():
        keras.utils.set_random_seed(1)
        net = dense() if model is None else model()
        net.compile(optimizer(), "mse")
        net.fit(x, y, batch_size=8, epochs=5, verbose=0, **arguments)

    return program


def names(story):
    return [step.name for step in story.plan]


def test_epsilon_of_zero(stories):
    x, y = data()
    x[:, 2] = 0.0
    (story,) = stories(fitted(lambda: keras.optimizers.Adam(1e-2, epsilon=0.0), x, y), repair=True)
    assert story.causes[0].code is Code.UNSAFE_DIVISION
    assert "epsilon is 0" in story.causes[0].evidence
    assert story.causes[0].site is not None and story.causes[0].site.line is not None
    assert story.verdict is Verdict.REPAIRED
    assert names(story) == ["raise-optimizer-epsilon"]


class UnitColumns(keras.constraints.Constraint):
    def __call__(self, w):
        return w / ops.sqrt(ops.sum(ops.square(w), axis=0, keepdims=True))


def test_constraint_that_divides_by_zero(stories):
    x, y = data()

    def model():
        return dense(layers.Dense(3, "relu", kernel_initializer="zeros", kernel_constraint=UnitColumns()))

    (story,) = stories(fitted(lambda: keras.optimizers.SGD(1e-2), x, y, model), repair=True)
    assert story.finding.born == "update"
    assert story.causes[0].code is Code.UNSAFE_DIVISION
    assert story.causes[0].site.source == "return w / ops.sqrt(ops.sum(ops.square(w), axis=0, keepdims=True))"
    assert "raise-optimizer-epsilon" not in names(story)


class Normalised(keras.optimizers.SGD):
    """An update rule of the user's own, with a division by zero in it."""

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, learning_rate * gradient / tf.abs(gradient))


def test_own_update_rule_that_divides_by_zero(stories):
    x, y = data()
    x[:, 2] = 0.0
    (story,) = stories(fitted(lambda: Normalised(1e-3), x, y), repair=True)
    assert story.finding.born == "update"
    assert "tf.abs(gradient)" in story.causes[0].site.source
    assert story.verdict is Verdict.REPAIRED
    assert names(story) == ["epsilon-loss"]


def test_weight_decay_that_blows_up(stories):
    x, y = data()
    (story,) = stories(fitted(lambda: keras.optimizers.SGD(0.1, weight_decay=1e30), x, y), repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert story.causes[0].code is Code.LOSS_MISMATCH and "which is more than there is" in story.causes[0].evidence
    assert names(story) == ["lower-weight-decay"]


class Glitch(keras.Model):
    """Once in a while the square that the loss takes of a good batch's outputs overflows, and nothing names why."""

    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(1)
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            self.count.assign_add(1.0)
            return self.inner(x) * tf.where(tf.equal(self.count, 33.0), np.float32(1e30), np.float32(1.0))
        return self.inner(x)


def test_a_rare_bad_step_is_skipped_as_the_last_resort(stories):
    x, y = data(128)
    (story,) = stories(fitted(lambda: keras.optimizers.Adam(1e-2), x, y, Glitch), repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert names(story) == ["skip-bad-updates"]
    assert any("1 update" in note for note in story.notes)


class Prototypes(keras.Model):
    """Keeps running means of its classes, behind its update; a class that a batch lacks has none."""

    def __init__(self):
        super().__init__()
        self.encoder, self.head = keras.layers.Dense(4, "relu"), keras.layers.Dense(3)
        self.means = self.add_weight(shape=(3, 4), initializer="zeros", trainable=False, name="means")

    def call(self, x):
        return self.head(self.encoder(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            z = self.encoder(x)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=self.head(z)))
        self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables))
        members = tf.one_hot(y, 3)
        mean = tf.matmul(members, z, transpose_a=True) / tf.reduce_sum(members, axis=0)[:, None]  # 0 / 0
        self.means.assign(0.9 * self.means + 0.1 * mean)
        return {"loss": loss}


def test_a_state_that_is_spoilt_behind_the_update_is_located_in_its_own_step(stories):
    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(96, 5)).astype("float32")
        y = np.arange(96) % 3
        y[32:48] = 0  # the third batch lacks two classes
        model = Prototypes()
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(x, y.astype("int32"), batch_size=16, epochs=3, shuffle=False, verbose=0)

    (story,) = stories(program)
    assert (story.symptom.first_seen_in, story.causes[0].code) == ("state", Code.UNSAFE_DIVISION)
    assert story.finding.site.source.endswith("# 0 / 0")

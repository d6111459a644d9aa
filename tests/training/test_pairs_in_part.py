"""A step of the user's own that learns pairs, and stops: its schedule is over almost as soon as it begins."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import Code, Verdict


def tower():
    return keras.Sequential([keras.Input((12,)), layers.Dense(32, "gelu"), layers.Dense(8), layers.UnitNormalization()])


class Matcher(keras.Model):
    """Two views of the same thing, by contrast within the batch."""

    def __init__(self):
        super().__init__()
        self.first, self.second = tower(), tower()

    def call(self, pair):
        return self.first(pair[0]), self.second(pair[1])

    def train_step(self, data):
        (pair,) = data
        with tf.GradientTape() as tape:
            one, other = self(pair, training=True)
            score = 8.0 * tf.matmul(one, other, transpose_b=True)
            own = tf.range(tf.shape(score)[0])
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(own, score))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def matching(boundary):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    cause = rng.normal(size=(512, 6))
    views = [(cause @ rng.normal(size=(6, 12)) / 6**0.5).astype("float32") for _ in range(2)]
    pairs = tf.data.Dataset.from_tensor_slices(tuple(views)).shuffle(512, seed=0).batch(32, drop_remainder=True)
    matcher = Matcher()
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([boundary], [3e-3, 1e-6])
    matcher.compile(keras.optimizers.Adam(rate))
    return matcher.fit(pairs.map(lambda *pair: (pair,)), epochs=25, verbose=0).history["loss"][-1]


@pytest.mark.slow
def test_what_is_over_at_once_is_found_though_nothing_says_how_far_it_might_have_come():
    ends: list[float] = []
    report = autostable.run(lambda: ends.append(matching(8)))
    cause = report.causes[0]
    assert (report.verdict, cause.code) == (Verdict.REPAIRED, Code.LEARNING_RATE_TOO_LOW)
    assert cause.site.source == "rate = keras.optimizers.schedules.PiecewiseConstantDecay([boundary], [3e-3, 1e-6])"
    assert [step.name for step in report.plan] == ["raise-learning-rate"] and ends[-1] < 1.0


@pytest.mark.slow
def test_one_that_lasts_is_left_alone(stories):
    (story,) = stories(lambda: matching(300), repair=True)
    assert story.verdict is Verdict.HEALTHY

"""What a step does with its variables behind the optimizer's update is part of it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict


def embedded():
    """Rows of a table are brought to length one after each update; the first is of zeros, and in no batch."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    start = rng.normal(size=(20, 4)).astype("float32")
    start[0] = 0.0
    table, optimizer = tf.Variable(start, name="table"), keras.optimizers.Adam(0.01)

    @tf.function
    def step(left, right):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.gather(table, left) - tf.gather(table, right)))
        optimizer.apply_gradients([(tape.gradient(loss, table), table)])
        table.assign(table / tf.norm(table, axis=1, keepdims=True))
        return loss

    for _ in range(40):
        left = rng.integers(1, 20, 16)
        step(tf.constant(left), tf.constant((left % 4) + 1))


@pytest.mark.slow
def test_a_division_behind_the_update_is_found():
    report = autostable.run(embedded)
    assert report.verdict is Verdict.REPAIRED
    assert [remedy.name for remedy in report.plan] == ["epsilon-loss"]
    assert report.causes[0].code is Code.UNSAFE_DIVISION
    assert report.site.source == "table.assign(table / tf.norm(table, axis=1, keepdims=True))"


class Averaged(keras.Model):
    """Keeps an average of its weights that starts as their plain mean: the first step divides by 0 steps."""

    def __init__(self, first):
        super().__init__()
        self.inner, self.kept = (keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]) for _ in range(2))
        self.kept.trainable = False
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.first = first

    def call(self, x):
        return self.kept(x)

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self.inner(x) - y))
        weights = self.inner.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        share = tf.minimum(0.9, 1.0 - 1.0 / (self.count + self.first))
        for average, now in zip(self.kept.variables, self.inner.variables, strict=True):
            average.assign(share * average + (1.0 - share) * now)
        self.count.assign_add(1.0)
        return {"loss": loss}


@pytest.mark.slow
@pytest.mark.parametrize(("first", "verdict"), [(0.0, Verdict.REPAIRED), (1.0, Verdict.HEALTHY)])
def test_an_average_that_is_spoilt_behind_the_update_and_read_by_the_next_step(first, verdict):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(320, 3)).astype("float32")

    def program():
        model = Averaged(first)
        model.compile(keras.optimizers.SGD(0.05))
        model.fit(x, x[:, :1], epochs=6, verbose=0)
        return model

    train = autostable.stabilize()(program)
    model = train()
    assert train.report.verdict is verdict
    assert np.isfinite(model.predict(x[:4], verbose=0)).all()
    if verdict is Verdict.REPAIRED:
        assert train.report.causes[0].code is Code.UNSAFE_DIVISION
        assert train.report.site.source == "share = tf.minimum(0.9, 1.0 - 1.0 / (self.count + self.first))"

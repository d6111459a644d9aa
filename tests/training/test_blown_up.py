"""A step whose model has blown up is taken apart all the same, and rows that a plan leaves out hide nothing."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict


def taped():
    """Logits under a crossentropy of probabilities: clipped, they are the same for all classes, and no target matters."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 6, 600)
    x = (rng.normal(size=(600, 12)) + 3 * np.eye(12)[y]).astype("float32")
    model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(6)])
    loss_of, optimizer = keras.losses.SparseCategoricalCrossentropy(), keras.optimizers.RMSprop(3e-3)

    @tf.function
    def step(batch, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(batch, training=True))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )

    for _ in range(10):
        for batch, labels in tf.data.Dataset.from_tensor_slices((x, y)).batch(30):
            step(batch, labels)


@pytest.mark.slow
def test_an_output_that_has_blown_up_is_seen_beside_its_loss():
    report = autostable.run(taped)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code is Code.OUTPUT_ACTIVATION_MISMATCH
    assert [remedy.name for remedy in report.plan] == ["fix-output-activation"]
    assert report.attempts[-1].learning.value > 0.9


def coded():
    """A gauge that was out of order now and then: of targets with its code no plain model makes anything."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(900, 3)).astype("float32")
    level = 200 + 30 * x[:, 0] - 20 * np.tanh(x[:, 1]) + rng.normal(size=900)
    level[rng.choice(900, 14, replace=False)] = 9999.0
    y = ((level - level.mean()) / level.std()).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(24, "relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(x, y, epochs=30, batch_size=30, verbose=0)


@pytest.mark.slow
@pytest.mark.whole
def test_a_code_in_the_targets_is_told_and_left_out():
    report = autostable.run(coded)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code is Code.DATA_OUTLIERS
    assert [remedy.name for remedy in report.plan] == ["winsorize-outliers"]
    assert report.attempts[-1].learning.value > 0.9


class Panel(keras.Model):
    """Masks the error where the target is missing, too late: its square has a NaN for a slope."""

    def __init__(self):
        super().__init__()
        self.hidden, self.out = keras.layers.Dense(24, "relu"), keras.layers.Dense(3)

    def call(self, x, training=False):
        return self.out(self.hidden(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            error = self(x, training=True) - y
            loss = tf.reduce_mean(tf.where(tf.math.is_nan(error), 0.0, tf.square(error)))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def masked():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 6)).astype("float32")
    y = np.tanh(x[:, :3] - x[:, 3:])
    y[rng.random(y.shape) < 0.4] = np.nan
    model = Panel()
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(x, y, epochs=10, verbose=0)


@pytest.mark.slow
def test_a_step_of_ones_own_that_masks_too_late():
    report = autostable.run(masked)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code in (Code.DATA_NONFINITE, Code.UNSAFE_WHERE)
    assert [remedy.name for remedy in report.plan] == ["ignore-missing-labels"]
    assert report.attempts[-1].loss_last < 0.03

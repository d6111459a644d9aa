"""A loss that a plan puts in the place of the user's takes what the user's took."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Code, Verdict
from autostable.setup import Setup
from autostable.training import install


@pytest.mark.slow
def test_labels_without_an_axis_of_their_own_are_taken(watch):
    """A softmax over one unit, and labels of the shape (n,): binary_crossentropy as a function would refuse them."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(640, 4)).astype("float32")
    y = (x[:, 0] > x[:, 1]).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "softmax")])
    model.compile(keras.optimizers.Adam(0.02), "categorical_crossentropy")
    with watch(repair=True) as session:
        model.fit(x, y, batch_size=32, epochs=6, verbose=0)
    (story,) = session.stories
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.LOSS_MISMATCH)
    assert [(step.name, step.parameters["loss"]) for step in story.plan] == [("swap-loss", "binary_crossentropy")]
    assert "crashed" not in [attempt.outcome for attempt in story.attempts]


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_rows_count_by_their_weights(shape):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mae")
    installation = install.Installation(model, None)
    installation.put(Setup(loss="mse", own_loss=False))
    y, given = tf.zeros(shape), tf.constant([[1.0], [3.0]])
    try:
        value = install.compute_loss(keras.Model.compute_loss, model, None, y, given, tf.constant([1.0, 0.0]))
    finally:
        installation.take_off()
    assert float(value) == pytest.approx(0.5)  # (1 * 1 + 0 * 9) / 2, as Keras averages

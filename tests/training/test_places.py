"""Outputs that are places in a space are no scores of classes, though there may be as many of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

from autostable.records import Verdict


@pytest.mark.slow
def test_how_near_places_are_to_those_of_their_class_is_no_accuracy(watch):
    """Each class has a place of its own among sixteen numbers, whichever of these is the largest."""
    keras.utils.set_random_seed(0)
    digits = load_digits()
    x, y = (digits.data / 16.0).astype("float32")[:960], digits.target.astype("int32")[:960]
    places = tf.constant(np.random.default_rng(0).normal(size=(10, 16)) - 3.0 * np.eye(10, 16), tf.float32)

    def distance(wanted, given):
        return tf.reduce_mean(
            tf.square(tf.gather(places, tf.cast(tf.reshape(wanted, [-1]), tf.int32)) - given), axis=-1
        )

    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(48, "relu"), keras.layers.Dense(16)])
    model.compile(keras.optimizers.Adam(0.01), distance)
    with watch() as session:
        model.fit(x, y, batch_size=32, epochs=10, verbose=0)
    (story,) = session.stories
    learning = story.attempts[0].learning
    assert learning is not None and learning.skill > 0.7
    assert (story.verdict, learning.reason) == (Verdict.HEALTHY, "learnt")
    assert (learning.figure, learning.reach) == (None, None)

"""Programs that ask for gradients and never come to their update."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Code, Verdict

X = np.random.default_rng(0).normal(size=(160, 4)).astype("float32")
Y = X[:, :1] - X[:, 1:2]


def accumulating(traced, every, by_hand=False):
    """Gradients are summed up, and an update is made after so many steps of an epoch of 10."""
    keras.utils.set_random_seed(0)
    model, optimizer = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]), keras.optimizers.Adam(0.01)
    weights = model.trainable_variables
    sums = [tf.Variable(tf.zeros(each.shape), trainable=False) for each in weights]

    def add(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
        for kept, gradient in zip(sums, tape.gradient(loss, weights), strict=True):
            kept.assign_add(gradient)
            if by_hand:
                weights[0].assign_sub(1e-3 * tf.ones_like(weights[0]))
        return loss

    step = tf.function(add) if traced else add
    for _ in range(4):
        for number in range(10):
            step(X[16 * number : 16 * number + 16], Y[16 * number : 16 * number + 16])
            if (number + 1) % every == 0:
                optimizer.apply_gradients(zip([each.value() for each in sums], weights, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("traced", [True, False])
def test_the_line_that_is_never_come_to_is_told(traced, stories):
    (story,) = stories(lambda: accumulating(traced, 32))
    cause = story.causes[0]
    assert (story.verdict, cause.code) == (Verdict.UNREPAIRED, Code.LEARNING_RATE_TOO_LOW)
    assert cause.evidence.startswith("gradients were asked for 40 times, and no optimizer was given any")
    assert cause.site.source.startswith("optimizer.apply_gradients(zip([each.value()")


def test_an_update_that_is_come_to_is_no_such(stories):
    (story,) = stories(lambda: accumulating(True, 5))
    assert Code.LEARNING_RATE_TOO_LOW not in {cause.code for cause in story.causes} and story.attempts[0].steps == 8


def test_who_moves_the_weights_by_hand_is_left_alone(stories):
    assert stories(lambda: accumulating(True, 32, by_hand=True)) == []

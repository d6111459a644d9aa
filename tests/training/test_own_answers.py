"""A model that is fed its own answers: data are what it is asked first, not what it has run away to."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Code


def rolling_out(traced):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    model, optimizer = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), keras.optimizers.SGD(2.0)

    def step(start, end):
        with tf.GradientTape() as tape:
            state, loss = start, 0.0
            for _ in range(12):
                state = state + model(state)
                loss += tf.reduce_mean(tf.square(state - end))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    run = tf.function(step) if traced else step
    for _ in range(40):
        start = rng.normal(size=(16, 2)).astype("float32")
        run(tf.constant(start), tf.constant(0.5 * start))


@pytest.mark.slow
@pytest.mark.parametrize("traced", [True, False])
def test_states_that_ran_away_are_no_raw_data(traced, stories):
    (story,) = stories(lambda: rolling_out(traced), locate=None if traced else 0)
    assert max(each.largest for each in story.evidence.inputs) < 10.0
    assert Code.DATA_UNSCALED_INPUTS not in {cause.code for cause in story.causes}

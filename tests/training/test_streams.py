"""Row numbers of a stream are those of the stream, not of the arrays behind it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code

pytestmark = pytest.mark.slow


def fitted(stage):
    x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
    y = x[:, :1].copy()
    x[[17, 90]] = np.nan
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(stage(tf.data.Dataset.from_tensor_slices((x, y))), epochs=3, verbose=0)


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (lambda rows: rows.shuffle(256, seed=1).batch(32), " of the stream as it came, columns 0, 1, 2, 3)"),
        (lambda rows: rows.batch(32).map(lambda x, y: (2.0 * x, y)), "(rows 17, 90 of the stream as it came, columns"),
        (lambda rows: rows.batch(32), "(rows 17, 90, columns 0, 1, 2, 3)"),
    ],
)
def test_rows_of_a_stream(stage, said, stories):
    (story,) = stories(lambda: fitted(stage), repair=True)
    (cause,) = (cause for cause in story.causes if cause.code is Code.DATA_NONFINITE)
    assert said in cause.evidence

"""Rows kept back from a pipeline: the same ones in each epoch, in whatever order they come."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code, Verdict
from autostable.training.examine import twins
from tests.training.test_contradictions import Ratings, normal

pytestmark = pytest.mark.slow

X = np.arange(400, dtype="float32").reshape(200, 2)
Y = np.arange(200, dtype="float32")


def pipeline():
    return tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(200)


@pytest.mark.parametrize("named", [False, True])
def test_a_fifth_of_the_rows_is_kept_back_and_always_the_same(named):
    given = pipeline().batch(16)
    given = given.map(lambda x, y: ({"a": x[:, :1], "b": x[:, 1:]}, y)) if named else given
    rest, back = twins.held_back({"x": given, "y": None})
    kept = set(back.y.ravel().tolist())
    assert 20 <= len(kept) <= 60 and back.batch == 16
    for _ in range(2):
        trained = {float(y) for _, batch in rest["x"] for y in batch}
        assert trained == set(Y.tolist()) - kept
    assert len(next(iter(rest["x"]))[1]) == 16


@pytest.mark.parametrize(
    "given",
    [
        pipeline().batch(16).repeat(),
        pipeline().map(lambda x, y: (x + tf.random.normal([2]), y)).batch(16),  # drawn anew in each epoch
        pipeline().map(lambda x, y: x).batch(16),
        pipeline().take(0).batch(16),
        tf.data.Dataset.from_generator(
            lambda: iter([(X, Y)]), output_signature=(tf.TensorSpec((200, 2)), tf.TensorSpec(200))
        ),
    ],
)
def test_what_cannot_be_divided(given):
    assert twins.held_back({"x": given, "y": None}) is None
    assert twins.held_back({"x": pipeline().batch(16), "y": None, "steps_per_epoch": 4}) is None


def ratings_from_a_pipeline():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        rng = np.random.default_rng(0)
        who, what = 8000 + rng.integers(0, 300, 12_000), 4000 + rng.integers(0, 200, 12_000)
        y = normal(9000, 1)[who] + normal(5000, 1, seed=1)[what]
        x = np.column_stack([who, what, rng.normal(size=12_000)]).astype("float32")
        model = Ratings()
        model.who, model.what = layers.Embedding(9000, 1), layers.Embedding(5000, 1)
        model.compile(keras.optimizers.Adam(2e-2), "mse")
        model.fit(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(12_000, seed=1).batch(200), epochs=12, verbose=0)
    finally:
        keras.config.set_dtype_policy("float32")


def test_what_no_plain_model_vouches_for_is_known_of_rows_kept_back(stories):
    keras.utils.set_random_seed(0)
    (story,) = stories(ratings_from_a_pipeline, repair=True)
    assert (story.verdict, [remedy.name for remedy in story.plan]) == (Verdict.REPAIRED, ["promote-precision"])
    assert Code.PRECISION_OVERFLOW in [cause.code for cause in story.causes]

"""Rows that tell by their form, not by any entry at its place: whoever learns nothing of them has failed."""

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Code, Verdict
from autostable.setup import Affine, InputKnobs, Setup
from autostable.training import install


def clouds(apart):
    """Points that differ by how they lie; far from the origin, and each cloud elsewhere, or all around it."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 960)
    points = rng.normal(size=(960, 32, 3)) * np.array([1.0, 2.0, 4.0])[label][:, None, None]
    return (points + apart * rng.uniform(3e5, 4e5, (960, 1, 3))).astype("float32"), label


def fitted(apart):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((32, 3))
    h = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv1D(16, 1)(inputs)))
    h = layers.Dense(16, "relu")(layers.GlobalMaxPooling1D()(h))
    model = keras.Model(inputs, layers.Dense(3, "softmax")(h))
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    model.fit(*clouds(apart), batch_size=32, epochs=6, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize(("apart", "verdict"), [(1.0, Verdict.UNREPAIRED), (0.0, Verdict.HEALTHY)])
def test_what_a_cloud_of_points_tells_is_known_by_its_form(apart, verdict, stories):
    (story,) = stories(lambda: fitted(apart))
    assert story.verdict is verdict
    assert (story.attempts[0].learning.model == "summaries") is bool(apart)


@pytest.mark.slow
def test_each_cloud_is_taken_relative_to_its_own_mean(stories):
    (story,) = stories(lambda: fitted(1.0), repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.DATA_UNSCALED_INPUTS)
    assert story.plan[0].name == "center-rows"  # a faster rate may come with it: a plain model lets expect more
    assert story.attempts[-1].learning.value > 0.85


def test_under_the_plan_it_is_as_if_written_so():
    x, _ = clouds(1.0)
    model = keras.Sequential([keras.Input((32, 3)), layers.Flatten(), layers.Dense(2)])
    setup = Setup(inputs=(InputKnobs(center_rows=True, rescale=Affine((0.0,) * 3, (2.0, 4.0, 8.0))),))
    expected = model((x - x.mean(axis=1, keepdims=True)) / np.array([2.0, 4.0, 8.0], "float32"))
    installation = install.Installation(model, None)
    installation.put(setup, retrace=False)
    np.testing.assert_allclose(model(x), expected, atol=1e-3)
    installation.take_off(retrace=False)

"""What regularizers add to the loss: seen, weakened, and taken off again."""

import keras
import numpy as np
import pytest
from keras import layers, regularizers

from autostable.records import Code, Remedy, Verdict

pytestmark = pytest.mark.slow


def coder(weight, activity=True):
    """A sparse autoencoder of five columns that follow two causes."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(320, 2)) @ rng.normal(size=(2, 5))
    x = (x / x.std(axis=0)).astype("float32")  # nothing else is to be mended here
    penalty = regularizers.l1(weight)
    code = layers.Dense(
        16, "relu",
        activity_regularizer=penalty if activity else None, kernel_regularizer=None if activity else penalty,
    )  # fmt: skip
    model = keras.Sequential([keras.Input((5,)), code, layers.Dense(5)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model, model.fit(x, x, epochs=20, batch_size=32, verbose=0)


def test_a_penalty_that_leaves_nothing_to_learn_is_weakened(stories):
    (story,) = stories(lambda: coder(3.0), repair=True)
    cause = story.causes[0]
    assert (story.verdict, cause.code) == (Verdict.REPAIRED, Code.LOSS_MISMATCH) and "penalties" in cause.evidence
    assert cause.site.source.strip().startswith("activity_regularizer=penalty")
    assert [step.name for step in story.plan] == ["weaken-penalty"]
    assert story.attempts[-1].learning.skill > 0.9


@pytest.mark.parametrize("activity", [True, False])
def test_a_weaker_penalty_is_one_that_was_written_so(activity, watch):
    _, plain = coder(0.03, activity)
    with watch(plans={"0": (Remedy("weaken-penalty", {"factor": 0.01}),)}):
        _, under = coder(3.0, activity)
    assert np.allclose(under.history["loss"], plain.history["loss"], rtol=2e-3)


def test_a_small_penalty_is_left_alone(stories):
    (story,) = stories(lambda: coder(1e-4), repair=True)
    assert story.verdict is Verdict.HEALTHY

"""Rows and steps that weigh differently: what is heavy is judged, what counts for nothing is not."""

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Verdict

pytestmark = pytest.mark.slow


def said(story):
    return {each.code: each.evidence for each in (*story.warnings, *story.causes)}


def record(story):
    return story.attempts[0].learning


def weighed(heavy_tell, weight):
    """Of two kinds of rows one follows its inputs, the other is noise; which is which, and what they weigh, differs."""
    drawn = np.random.default_rng(0)
    x = drawn.normal(size=(800, 5)).astype("float32")
    heavy = drawn.random(800) < 0.3
    tells = heavy if heavy_tell else ~heavy
    y = np.where(tells, 0.6 * (x[:, 0] - x[:, 1]), drawn.normal(size=800)).astype("float32")[:, None]
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(16, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    weights = np.where(heavy, weight, 1.0).astype("float32")
    model.fit(x, y, sample_weight=weights, epochs=15, batch_size=32, verbose=0)


def test_what_the_heavy_rows_tell_is_learnt_though_most_are_noise(stories):
    (story,) = stories(lambda: weighed(True, 50.0), repair=True)
    assert (story.verdict, said(story), record(story).reason) == (Verdict.HEALTHY, {}, "learnt")
    assert record(story).skill > 0.7  # of its own loss, in which the light rows hardly count
    assert len(story.attempts) == 1


def test_what_only_light_rows_tell_is_not_asked_for(stories):
    """The heavy rows are noise, and by the weights that its owner gave a network that does not tell them is no worse for it."""
    (story,) = stories(lambda: weighed(False, 50.0), repair=True)
    assert story.verdict is Verdict.HEALTHY and not story.plan


LENGTH, WORDS = 12, 20


def sentences():
    """Words of 1 to 19, each with a tag that its neighbour decides; behind the last one all is 0."""
    drawn = np.random.default_rng(0)
    words = drawn.integers(1, WORDS, (600, LENGTH))
    ends = drawn.integers(3, LENGTH + 1, (600, 1))
    tags = (words + np.roll(words, 1, axis=1)) % 3
    padding = np.arange(LENGTH) >= ends
    words[padding], tags[padding] = 0, 0
    return words.astype("int32"), tags.astype("int32"), padding


def tagger():
    words, tags, _ = sentences()
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            layers.Embedding(WORDS, 12, mask_zero=True),
            layers.LSTM(24, return_sequences=True),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(words, tags, epochs=12, batch_size=32, verbose=0)
    return model.get_weights()


def test_masked_steps_do_not_count_where_something_is_learnt(stories):
    alone, found = tagger(), []
    (story,) = stories(lambda: found.extend(tagger()), repair=True)
    assert (story.verdict, said(story), record(story).reason) == (Verdict.HEALTHY, {}, "learnt")
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(found, alone, strict=True))
    _, tags, padding = sentences()
    share = np.bincount(tags[~padding], minlength=3) / (~padding).sum()
    assert record(story).constant == pytest.approx(-(share * np.log(share)).sum(), rel=1e-2)

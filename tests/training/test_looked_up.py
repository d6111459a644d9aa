"""Which input of a model an embedding looks up, and codes that were rescaled as if they were measures."""

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Code, Verdict
from autostable.training import facts


def shop(columns=None):
    """Embeddings of two codes beside a number."""
    given = {name: keras.Input((), name=name) for name in ("branch", "weekday")}
    number = keras.Input((1,), name="price")
    parts = [layers.Embedding(rows, 4)(given[name]) for name, rows in (("branch", 30), ("weekday", 7))]
    h = layers.Dense(16, "relu")(layers.Concatenate()([*parts, number]))
    return keras.Model([*given.values(), number], layers.Dense(1)(h))


def test_an_embedding_tells_what_it_looks_up():
    known = [(layer.looks_up, layer.rows) for layer in facts.model_facts(shop()).layers if layer.kind == "Embedding"]
    assert known == [(0, 30), (1, 7)]
    words = keras.Sequential([keras.Input((5,)), layers.Lambda(lambda x: x * 2), layers.Embedding(9, 4)])
    assert [layer.looks_up for layer in facts.model_facts(words).layers if layer.kind == "Embedding"] == [None]


def fitted():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    branch, weekday, price = rng.integers(0, 30, 2000), rng.integers(0, 7, 2000), rng.uniform(0, 1, 2000)
    y = rng.normal(0, 1, 30)[branch] + rng.normal(0, 1, 7)[weekday] - 0.5 * price
    model = shop()
    model.compile(keras.optimizers.Adam(5e-3), "mse")
    model.fit([branch / 29.0, weekday / 6.0, price[:, None]], y, batch_size=64, epochs=8, verbose=0)


@pytest.mark.slow
def test_codes_that_were_rescaled_are_looked_up_again(stories):
    (story,) = stories(fitted, repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.DATA_UNSCALED_INPUTS)
    assert "whole numbers" in story.causes[0].evidence
    assert [(remedy.name, remedy.parameters["method"]) for remedy in story.plan] == [("rescale-inputs", "codes")]
    assert story.attempts[-1].learning.value > 0.9

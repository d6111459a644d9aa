"""Layers whose kernel is computed of others (LoRA), or stored as whole numbers (int8): what is drawn anew there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Verdict
from autostable.setup import Setup
from autostable.training import facts, seams
from autostable.training.install import Installation

X = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
Y = (X[:, :4].sum(axis=1) > 0).astype("int32")


def dense(initializer: Any = "glorot_uniform") -> Any:
    model = keras.Sequential(
        [keras.Input((16,)), layers.Dense(8, "relu", kernel_initializer=initializer, name="first")]
    )
    return model, model.layers[0]


def test_the_variable_behind_a_kernel_that_is_computed() -> None:
    _, layer = dense()
    plain = layer.kernel
    layer.enable_lora(2)

    assert seams.stored(layer, "kernel") is plain
    assert not seams.in_whole_numbers(plain)


def test_the_variable_behind_a_table_that_is_computed() -> None:
    layer = layers.Embedding(8, 4)
    layer.build()
    plain = layer.embeddings
    layer.enable_lora(2)

    assert seams.stored(layer, "embeddings") is plain


def test_a_layer_without_a_kernel_has_none() -> None:
    assert seams.stored(layers.ReLU(), "kernel") is None
    assert seams.stored(layers.Dense(3), "kernel") is None  # nor one that is not built


def test_what_lies_under_a_low_rank_change_is_drawn_anew() -> None:
    model, layer = dense(keras.initializers.RandomNormal(stddev=30.0, seed=0))
    layer.enable_lora(2)

    Installation(model, None).draw_weights(Setup(initializers={"first": "he_normal"}))

    drawn = keras.ops.convert_to_numpy(layer.kernel)
    assert 0.0 < np.abs(drawn).max() < 1.0
    np.testing.assert_array_equal(drawn, keras.ops.convert_to_numpy(seams.stored(layer, "kernel")))


def test_an_embedding_under_a_low_rank_change_is_drawn_anew() -> None:
    layer = layers.Embedding(8, 4, embeddings_initializer=keras.initializers.RandomNormal(stddev=30.0), name="table")
    model = keras.Sequential([keras.Input((3,), dtype="int32"), layer])
    layer.enable_lora(2)

    Installation(model, None).draw_weights(Setup(initializers={"table": "glorot_uniform"}))

    assert 0.0 < np.abs(keras.ops.convert_to_numpy(layer.embeddings)).max() < 1.0


@pytest.mark.parametrize("mode", ["int8", "int4"])
@pytest.mark.parametrize("low_rank", [False, True])
def test_whole_numbers_are_not_drawn_anew(mode: str, low_rank: bool) -> None:
    model, layer = dense()
    if low_rank:
        layer.enable_lora(2)
    layer.quantize(mode)
    before = [np.array(each) for each in layer.weights]

    Installation(model, None).draw_weights(Setup(initializers={"first": "he_normal"}))

    for was, now in zip(before, layer.weights, strict=True):
        np.testing.assert_array_equal(was, np.array(now))


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_nothing_is_said_of_the_size_of_whole_numbers(mode: str) -> None:
    model, layer = dense(keras.initializers.RandomNormal(stddev=30.0, seed=0))
    wide = facts.model_facts(model).layers[0]
    layer.quantize(mode)
    found = facts.model_facts(model).layers[0]

    assert (wide.initializer, wide.weight is None) == ("RandomNormal", False)
    assert (found.initializer, found.weight) == (None, None)  # no remedy can draw them anew


def wide(quantized: str | None = None) -> float:
    """Weights so wide that the loss is NaN after a few steps."""
    keras.utils.set_random_seed(0)
    drawn = keras.initializers.RandomNormal(stddev=30.0)
    hidden = [layers.Dense(32, "relu", kernel_initializer=drawn) for _ in range(3)]
    model = keras.Sequential([keras.Input((16,)), *hidden, layers.Dense(2)])
    for layer in hidden[:2]:
        layer.enable_lora(2)
    if quantized is not None:
        hidden[0].quantize(quantized)
    model.compile(keras.optimizers.SGD(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return float(model.fit(X, Y, epochs=12, verbose=0).history["loss"][-1])


@pytest.mark.slow
@pytest.mark.parametrize("quantized", [None, "int8"])
def test_a_training_of_low_rank_changes_is_searched_to_its_end(
    stories: Callable[..., Any], quantized: str | None
) -> None:
    (story,) = stories(lambda: wide(quantized), repair=True, stop_unhealthy=True)

    assert not [note for note in story.notes if "autostable itself failed" in note]
    assert not [each.why for each in story.attempts if "assign" in each.why]
    assert story.verdict is Verdict.REPAIRED


@pytest.mark.slow
def test_a_remedy_that_fails_costs_itself_and_not_the_search(
    stories: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTOSTABLE_INTERNAL_RAISE", raising=False)
    drawn = Installation.draw_weights

    def broken(self: Any, setup: Setup) -> None:
        if setup.initializers:
            raise AttributeError("no such thing\nand more of it")
        drawn(self, setup)

    monkeypatch.setattr(Installation, "draw_weights", broken)
    (story,) = stories(wide, repair=True, stop_unhealthy=True, attempts=3)

    failed = [each for each in story.attempts if any(step.name == "reinitialize-weights" for step in each.plan)]
    assert failed
    for each in failed:
        assert (each.outcome, each.steps) == ("crashed", 0)
        assert each.why == "autostable itself failed under this plan (AttributeError: no such thing)"
    others = [each for each in story.attempts if each.plan and each not in failed]
    assert others and all(each.steps for each in others)
    assert not [note for note in story.notes if "autostable itself failed" in note]

"""A few cells of the grid that compares plain and watched trainings to the bit (see `benchmarks.bits`), and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable import api
from autostable.records import Code, Verdict
from benchmarks import bits

pytestmark = pytest.mark.slow

PLAIN = {name: values[0] for name, values in bits.CHOICES.items()}
DELICATE = [
    {"optimizer": "SGD momentum", "layers": "batch norm", "penalty": "L2", "way": "function that clips"},
    {"optimizer": "ScheduleFreeAdamW", "way": "fit"},
    {"optimizer": "SGD momentum", "layers": "batch norm", "way": "train_on_batch"},
    {"optimizer": "SGD momentum", "rate": "cosine", "layers": "batch norm", "penalty": "L2", "way": "function"},
    {"optimizer": "SGD momentum", "layers": "batch norm", "penalty": "L2", "way": "fit"},
]
X = np.random.default_rng(0).normal(size=(160, 6)).astype("float32")
Y = np.tanh(X[:, :1]).astype("float32")
BAD = 7


@pytest.mark.parametrize("cell", [pytest.param(cell, marks=pytest.mark.whole) for cell in DELICATE])
def test_every_bit_is_the_same(cell: dict[str, str]) -> None:
    row = bits.compared({**PLAIN, **cell})
    assert row["same"] and not row["alarm"]


def test_cells_are_different_and_many() -> None:
    names = [bits.named(cell) for cell in bits.cells(bits.CELLS)]
    assert len(set(names)) == len(names) == bits.CELLS >= 400


def untouched(on_batch: bool = False) -> Any:
    """Nothing of this update is touched, for it multiplies what is a product already; its gradient goes bad in one step."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(8), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    )
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)

    def loss_of(y: Any, answers: Any) -> Any:
        scale = y[:, 1:]
        return tf.reduce_mean(tf.square(answers - y[:, :1])) + tf.reduce_mean(tf.sqrt(tf.square(answers) * scale))

    @tf.function
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    if on_batch:
        model.compile(optimizer, loss_of)
    for number in range(20):
        rows = slice(number % 5 * 32, number % 5 * 32 + 32)
        scale = np.full((32, 1), 0.0 if number == BAD else 1e-4, "float32")
        y = np.concatenate([Y[rows], scale], axis=1)
        if on_batch:
            model.train_on_batch(X[rows], y)
        else:
            step(tf.constant(X[rows]), tf.constant(y))


@pytest.mark.parametrize("on_batch", [False, pytest.param(True, marks=pytest.mark.whole)])
def test_a_bad_gradient_is_seen_in_its_step(stories: Any, on_batch: bool) -> None:
    (story,) = stories(lambda: untouched(on_batch))
    assert story.verdict is Verdict.UNREPAIRED and story.symptom.step == BAD
    assert story.symptom.first_seen_in == "weight"


@pytest.mark.whole
@pytest.mark.parametrize("on_batch", [False, True])
def test_its_line_is_found_by_another_run(on_batch: bool) -> None:
    told = api.run(untouched, on_batch)
    line = next(
        n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "tf.sqrt(tf.square(answers)" in text
    )
    assert told.verdict is Verdict.REPAIRED and told.causes[0].code is Code.UNSAFE_SQRT
    assert told.site.line == line

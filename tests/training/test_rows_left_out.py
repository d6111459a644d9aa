"""Rows with NaN or Inf are left out of whatever a fit is given: tuples, one dictionary of everything, generators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Verdict
from autostable.setup import Setup
from autostable.training import data

ROWS, SIZE = 256, 32
DROP = Setup(drop_rows=True)


def table() -> dict[str, Any]:
    drawn = np.random.default_rng(0).normal(size=(ROWS, 6)).astype("float32")
    y = drawn[:, :1] - drawn[:, 1:2]
    drawn[37, 2] = drawn[201, 5] = np.nan
    return {"x": drawn, "y": y, "weights": np.ones(ROWS, "float32")}


def part(index: int) -> dict[str, Any]:
    """A batch; beside what has rows it holds one number, and one for each column."""
    rows = slice(index * SIZE, (index + 1) * SIZE)
    return {
        "a factor": np.ones(1, "float32"),
        "by column": np.ones(6, "float32"),
        **{k: v[rows] for k, v in table().items()},
    }


class Whole(keras.utils.PyDataset):
    """Each batch is one dictionary."""

    def __len__(self) -> int:
        return ROWS // SIZE

    def __getitem__(self, index: int) -> dict[str, Any]:
        return part(index)


class Pairs(Whole):
    """Each batch has inputs, targets and no weights."""

    def __getitem__(self, index: int) -> Any:
        return part(index)["x"], part(index)["y"], None


def pipeline() -> tf.data.Dataset:
    rows = tf.data.Dataset.from_tensor_slices(table()).batch(SIZE)
    return rows.map(lambda batch: {**batch, "a factor": tf.constant(1.0)})


def dictionaries() -> Iterator[tuple[dict[str, Any]]]:
    for index in range(10 * ROWS // SIZE):
        yield (part(index % (ROWS // SIZE)),)


def prepared(x: Any) -> Any:
    return data.prepared({"x": x, "y": None}, DROP)["x"]


def test_of_one_dictionary_all_parts_that_have_rows_lose_the_same() -> None:
    first, second = Whole()[1], prepared(Whole())[1]

    assert [len(second[name]) for name in ("x", "y", "weights")] == [SIZE - 1] * 3
    np.testing.assert_array_equal(second["x"], np.delete(first["x"], 37 - SIZE, axis=0))
    assert (len(second["a factor"]), len(second["by column"])) == (1, 6)


def test_a_batch_without_such_rows_is_given_as_it_is() -> None:
    assert all(np.array_equal(each, Whole()[0][name]) for name, each in prepared(Whole())[0].items())


def test_weights_that_are_none_stay_so() -> None:
    x, y, weights = prepared(Pairs())[1]
    assert (len(x), len(y), weights) == (SIZE - 1, SIZE - 1, None)


def test_a_pipeline_of_dictionaries() -> None:
    sizes = [len(batch["x"]) for batch in prepared(pipeline())]
    assert sum(sizes) == ROWS - 2 and sizes[1] == SIZE - 1


def test_a_generator_gives_what_is_left() -> None:
    given = [batch for (batch,) in prepared(dictionaries())][: ROWS // SIZE]
    assert sum(len(batch["x"]) for batch in given) == ROWS - 2
    assert all(np.isfinite(batch["x"]).all() for batch in given)


def test_a_generator_gives_no_batch_of_which_nothing_is_left() -> None:
    bad = np.full((4, 2), np.nan, "float32"), np.ones((4, 1), "float32")
    good = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    assert [len(x) for x, _ in prepared(iter([good, bad, good]))] == [4, 4]


class OwnStep(keras.Model):
    """Takes what it trains on out of a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.network = keras.Sequential([layers.Dense(16, "relu"), layers.Dense(1)])

    def call(self, x: Any) -> Any:
        return self.network(x)

    def train_step(self, batch: Any) -> Any:
        (batch,) = batch if isinstance(batch, tuple) else (batch,)
        with tf.GradientTape() as tape:
            off = tf.square(self(batch["x"], training=True) - batch["y"])[:, 0]
            loss = tf.reduce_mean(batch["weights"] * off)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


@pytest.mark.slow
@pytest.mark.parametrize("make", [Whole, pipeline], ids=["a PyDataset", "a pipeline"])
def test_a_training_on_dictionaries_is_repaired(stories: Callable[..., Any], make: Callable[[], Any]) -> None:
    def program() -> None:
        keras.utils.set_random_seed(0)
        model = OwnStep()
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(make(), epochs=8, verbose=0)

    (story,) = stories(program, repair=True, stop_unhealthy=True)

    assert [step.name for step in story.plan] == ["drop-nonfinite-rows"]
    assert story.verdict is Verdict.REPAIRED and [each.outcome for each in story.attempts] == ["unstable", "stable"]

"""A step that fails on a batch of fewer rows than the others: what is told of it, and what is not told of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.evidence import Remainder
from autostable.records import Action, Remedy, Verdict

pytestmark = pytest.mark.slow
ROWS, SIZE = 33, 16  # the last of three batches has one row
DRAWN = np.random.default_rng(0).normal(size=(ROWS, 3)).astype("float32")
TARGETS = DRAWN.sum(axis=1, keepdims=True)


def unbiased(y_true: Any, y_pred: Any) -> Any:
    """Divides by n - 1."""
    rows = tf.cast(tf.shape(y_true)[0], tf.float32)
    return tf.reduce_sum(tf.square(y_true - y_pred)) / (rows - 1.0)


class Late(layers.Layer):
    """Keeps the deviation of the last batch, by 0 of one row, and learns nothing by it."""

    def build(self, shape: Any) -> None:
        self.kept = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x: Any, training: bool = False) -> Any:
        if training:
            rows = tf.cast(tf.shape(x)[0], tf.float32)
            self.kept.assign(tf.reduce_sum(tf.square(x - tf.reduce_mean(x, axis=0))) / (rows - 1.0))
        return x


def built(loss: Any = unbiased, *more: Any, **options: Any) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), *more, layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), loss, **options)
    return model


def arrays(**options: Any) -> None:
    built().fit(DRAWN, TARGETS, batch_size=SIZE, epochs=2, verbose=0, **options)


def slices(rows: int = ROWS) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((DRAWN[:rows], TARGETS[:rows]))


class Reading(keras.utils.PyDataset):
    def __len__(self) -> int:
        return -(-ROWS // SIZE)

    def __getitem__(self, index: int) -> Any:
        rows = slice(index * SIZE, (index + 1) * SIZE)
        return DRAWN[rows], TARGETS[rows]


def batches(rows: int = ROWS) -> Iterator[Any]:
    for at in range(0, rows, SIZE):
        yield DRAWN[at : at + SIZE], TARGETS[at : at + SIZE]


def seen(stories: Any, program: Callable[[], Any]) -> Any:
    story = stories(program)[-1]
    assert story.symptom.kind == "nonfinite"
    return story.evidence.remainder


@pytest.mark.parametrize(
    "program",
    [
        arrays,
        lambda: arrays(sample_weight=np.ones(ROWS, "float32")),
        lambda: built().fit(slices().batch(SIZE), epochs=2, verbose=0),
        lambda: built().fit(slices().batch(SIZE).repeat(), epochs=2, steps_per_epoch=4, verbose=0),
        lambda: built().fit(Reading(), epochs=2, verbose=0),
        lambda: built().fit(batches(), verbose=0),
        lambda: built(steps_per_execution=2).fit(slices().batch(SIZE), epochs=2, verbose=0),
        lambda: built("mse", Late()).fit(DRAWN, TARGETS, batch_size=SIZE, epochs=2, verbose=0),
    ],
    ids=["arrays", "weights", "a pipeline", "an endless one", "a PyDataset", "a generator", "many at once", "a state"],
)
def test_the_rows_of_the_batch_that_failed(stories: Any, program: Callable[[], Any]) -> None:
    assert seen(stories, program) == Remainder(1, SIZE)


SPOILT = DRAWN.copy()
SPOILT[20, 0] = np.nan  # in the second batch


@pytest.mark.parametrize(
    "program",
    [
        lambda: built().fit(SPOILT, TARGETS, batch_size=SIZE, shuffle=False, verbose=0),
        lambda: arrays(steps_per_epoch=3),
        lambda: built().fit(slices().batch(SIZE), epochs=1, steps_per_epoch=3, verbose=0),
        lambda: built().fit(slices(1).batch(SIZE), epochs=1, verbose=0),
    ],
    ids=["a whole batch", "steps that are set", "those of a pipeline", "the first batch"],
)
def test_where_nothing_is_said(stories: Any, program: Callable[[], Any]) -> None:
    assert seen(stories, program) is None


# -- mended -------------------------------------------------------------------------------------

DROP = Remedy("drop-remainder", {"rows": SIZE})
EPSILON = {"ignore": ("epsilon-loss",)}


class Part(layers.Layer):
    """The first half of a batch: of one row none."""

    def call(self, x: Any) -> Any:
        return x[: tf.shape(x)[0] // 2]


def halved(x: Any, y: Any = None, **options: Any) -> tuple[Any, Any]:
    """A normalization of a half of each batch, and of all of it."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    normalize, out = layers.BatchNormalization(momentum=0.9), layers.Dense(1)
    half = keras.ops.mean(normalize(Part()(inputs)), axis=0, keepdims=True)
    model = keras.Model(inputs, out(normalize(inputs)) + 0.0 * out(half))
    model.compile(keras.optimizers.SGD(0.01), "mse")
    history = model.fit(x, y, **{"epochs": 3, "verbose": 0, "shuffle": False, **options})
    return [each.tolist() for each in model.get_weights()], history.history


class Shorter(Reading):
    """The same without its last batch."""

    def __len__(self) -> int:
        return ROWS // SIZE


MADE: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "arrays": (
        lambda: halved(DRAWN, TARGETS, batch_size=SIZE),
        lambda: halved(DRAWN[:32], TARGETS[:32], batch_size=SIZE),
    ),
    "rows kept back": (
        lambda: halved(DRAWN, TARGETS, batch_size=SIZE, validation_split=0.47),  # 17 are trained on
        lambda: halved(DRAWN[:16], TARGETS[:16], batch_size=SIZE, validation_data=(DRAWN[17:], TARGETS[17:])),
    ),
    "a pipeline": (
        lambda: halved(slices().shuffle(ROWS, seed=1).batch(SIZE)),
        lambda: halved(slices().shuffle(ROWS, seed=1).batch(SIZE, drop_remainder=True)),
    ),
    "a PyDataset": (lambda: halved(Reading()), lambda: halved(Shorter())),
}


@pytest.mark.parametrize(
    "name",
    [
        "arrays",
        "a pipeline",
        *(pytest.param(each, marks=pytest.mark.whole) for each in ("rows kept back", "a PyDataset")),
    ],
)
def test_what_is_mended_ends_as_what_a_person_writes(stories: Any, name: str) -> None:
    """To the bit."""
    program, by_hand = MADE[name]
    ended: list[Any] = []
    (story,) = stories(lambda: ended.append(program()), repair=True, goal="finite", **EPSILON)
    assert (story.verdict, story.plan) == (Verdict.REPAIRED, (DROP,))
    assert [each.outcome for each in story.attempts] == ["unstable", "stable"]
    assert ended == [by_hand()]


def test_a_generator_is_run_without_its_last_batch(stories: Any) -> None:
    ended: list[Any] = []
    program = lambda: ended.append(halved(batches(), epochs=1))  # noqa: E731
    (story,) = stories(program, repair=True, goal="finite", plans={"0": (DROP,)})
    assert story.verdict is Verdict.REPAIRED and ended == [halved(batches(32), epochs=1)]


@pytest.mark.parametrize("on_failure", ["restart", "heal"])
def test_a_sound_fit_with_a_small_last_batch_stays_what_it_is(stories: Any, on_failure: str) -> None:
    def fitted() -> Any:
        model = built("mse", layers.BatchNormalization())
        history = model.fit(DRAWN, TARGETS, batch_size=SIZE, epochs=3, verbose=0)
        return [each.tolist() for each in model.get_weights()], history.history

    ended: list[Any] = []
    (story,) = stories(lambda: ended.append(fitted()), repair=True, goal="finite", on_failure=on_failure)
    assert (story.verdict, story.plan) == (Verdict.HEALTHY, ()) and ended == [fitted()]


def test_a_run_that_goes_on_passes_over_small_batches_from_there(stories: Any) -> None:
    ended: list[Any] = []
    (story,) = stories(
        lambda: ended.append(MADE["arrays"][0]()), repair=True, goal="finite", on_failure="heal", **EPSILON
    )
    (done,) = story.interventions
    assert (done.action, done.remedy, done.step, story.plan) == (Action.REMEDY, DROP, 2, (DROP,))
    assert ended == [MADE["arrays"][1]()]

"""Batches of data that can be read only once."""

import types

import keras
import numpy as np
import pytest

from autostable.records import Code, Verdict
from autostable.training import guard, vitals
from autostable.training.examine.kept import LATEST, MOST_BATCHES, MOST_BYTES, KeptBatches, batches_kept, keeping
from autostable.training.examine.learning import Look


def batch(number, rows=32, columns=2):
    return np.full((rows, columns), float(number)), np.zeros(rows)


def numbers(batches):
    return [int(x[0, 0]) for x, _ in batches]


def test_the_first_and_the_latest_are_kept():
    kept = KeptBatches()
    for number in range(400):
        kept.add(batch(number))
    assert numbers(kept.first) == list(range(MOST_BATCHES))
    assert numbers(kept.latest) == list(range(144, 400))
    assert [numbers([kept.at(number)]) for number in (0, 63, 144, 399)] == [[0], [63], [144], [399]]
    assert kept.at(64) is None and kept.at(143) is None and kept.at(400) is None


def test_no_batch_is_forgotten_before_the_vitals_are_looked_at():
    assert LATEST >= vitals.CAPACITY // 2


@pytest.mark.parametrize(("rows", "columns", "expected"), [(32, 2, 63), (500, 2, 4), (4, 2, 64), (32, 2**16, 1)])
def test_of_batches_only_so_many_are_looked_at(rows, columns, expected):
    assert batches_kept(batch(0, rows, columns)) == expected


def test_memory_is_bounded():
    kept = KeptBatches()
    for number in range(10):
        kept.add((np.full((8, 2**16), float(number), np.float64), np.zeros(8)))  # 4 MiB each, and a little
    assert numbers(kept.first) == [0, 1, 2] and numbers(kept.latest) == [7, 8, 9]
    kept.add((np.zeros(MOST_BYTES, np.int8), np.zeros(MOST_BYTES, np.int8)))
    assert len(kept.latest) == 1  # the last one in any case


def test_a_gap_among_the_first_is_not_filled_by_later_ones():
    kept = KeptBatches()
    for size in (4, 3 * MOST_BYTES, 4):
        kept.add((np.zeros(size, np.int8),))
    assert [len(x) for (x,) in kept.first] == [4]


def test_batches_pass_unchanged_and_are_copied():
    kept, room = KeptBatches(), np.zeros((2, 1))

    def same_arrays():
        for number in range(3):
            room[:] = number
            yield room, None

    seen = [x is room for x, _ in keeping(same_arrays(), kept)]
    assert seen == [True] * 3 and [int(x[0, 0]) for x, _ in kept.first] == [0, 1, 2]


def rows(scale=1.0, bad=None):
    """Batches without an end: ten numbers, of which the second decides."""
    rng = np.random.default_rng(0)
    for number in range(10**6):
        x = rng.normal(size=(32, 10)).astype("float32")
        y = (x[:, 1] > 0).astype("float32")
        if number == bad:
            x[5, 3] = np.nan
        yield scale * x, y


def fitted(activation, rate, **given):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, activation)])
    model.compile(keras.optimizers.SGD(rate), "binary_crossentropy")
    model.fit(rows(**given), steps_per_epoch=30, epochs=5, verbose=0)


@pytest.mark.slow
def test_what_was_learnt_from_a_generator_is_judged(stories):
    (story,) = stories(lambda: fitted("sigmoid", 0.3))
    assert story.verdict is Verdict.HEALTHY and story.attempts[0].learning.reason == "learnt"
    (story,) = stories(lambda: fitted("sigmoid", 0.0))
    assert story.verdict is Verdict.UNREPAIRED and story.symptom.kind == "useless"


@pytest.mark.slow
def test_raw_inputs_from_a_generator_are_told(stories):
    (story,) = stories(lambda: fitted("sigmoid", 0.5, scale=1e6))
    assert Code.DATA_UNSCALED_INPUTS in [cause.code for cause in story.causes]


@pytest.mark.slow
def test_the_failing_batch_of_a_generator_is_the_one_that_is_looked_at(stories, monkeypatch):
    """However late the host looks: 72 steps go by after the bad one."""
    monkeypatch.setattr(guard, "LOOK_EVERY", 1e6)
    (story,) = stories(lambda: fitted("sigmoid", 0.1, bad=77))
    assert story.symptom.step == 77 and story.finding.born == "data" and story.finding.rows == (5,)


@pytest.mark.parametrize(("columns", "told"), [(64, True), (65, False)])
def test_perfect_predictions_of_many_columns_are_not_shuffled(columns, told):
    look = object.__new__(Look)
    look._parts, look._masks = [np.random.default_rng(0).normal(size=(50, columns))], [None]
    look._loss = types.SimpleNamespace(counting=lambda output: np.arange(50))
    assert (look._perfect(0) is not None) is told

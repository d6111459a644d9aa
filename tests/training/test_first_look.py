"""What judging a healthy training costs: no more is asked than what is needed to see that it has learnt."""

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Code, Verdict
from autostable.training import created
from autostable.training.examine import learning
from autostable.training.examine.step_loss import StepLoss

ROWS, BATCHES = 32, 10


def batches(learnt):
    """Rows whose first column is the target, or tells nothing of it, batch by batch."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(BATCHES, ROWS)).astype("float32")
    noise = rng.normal(size=(BATCHES, ROWS)).astype("float32")
    return [(one, one if tells else other) for one, other, tells in zip(x, noise, learnt, strict=True)]


def looked(learnt, first):
    """What a step shows, and how many batches it was run on."""
    run = []

    def step(batch):
        run.append(1)
        x, y = map(np.asarray, batch)
        return float(np.mean(np.square(x - y)))

    return learning.of_step(StepLoss(step, batches(learnt), (1,)), 0.0, first=first), len(run)


def test_where_the_signal_is_there_the_latest_batches_are_enough():
    seen, run = looked([True] * BATCHES, first=0.0)
    assert seen.signal.passes and seen.loss == 0.0
    assert run == BATCHES + 1 + learning.FEWEST  # the true pairs of all, then the last batch alone


def test_where_it_is_not_all_batches_are_asked():
    seen, run = looked([True] * (BATCHES - 1) + [False], first=0.0)
    assert seen.signal.passes
    assert run == BATCHES + (1 + learning.FEWEST) * (1 + BATCHES)


def test_with_time_for_all_batches_all_are_asked_once():
    seen, run = looked([True] * BATCHES, first=1e6)
    assert seen.signal.passes and run == BATCHES * (2 + learning.FEWEST)


def fitted(raw):
    """A small net that learns; on raw inputs, too, of which a warning is due."""

    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
        y = (x[:, 0] > x[:, 1]).astype("float32")
        model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        model.fit(200 * x if raw else x, y, epochs=30, verbose=0)

    return program


@pytest.mark.parametrize("raw", [False, True])
def test_files_are_read_only_where_there_is_something_to_tell(stories, monkeypatch, raw):
    read = []
    original = created.locate_argument
    monkeypatch.setattr(created, "locate_argument", lambda *given: read.append(1) or original(*given))
    (story,) = stories(fitted(raw), repair=True)
    assert story.verdict is Verdict.HEALTHY
    assert (Code.DATA_UNSCALED_INPUTS in [each.code for each in story.warnings]) is raw
    assert bool(read) is raw

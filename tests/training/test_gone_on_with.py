"""Probes that are gone on with: the run that shows that a plan is a cure is the one that counts."""

import csv

import keras
import numpy as np
import pytest
from keras import layers

from autostable.records import Verdict
from autostable.repair.engine import Search

pytestmark = pytest.mark.slow
EPOCHS, STEPS = 30, 300


def program(callbacks=(), kept=None, verbose=0):
    """A softmax over one unit: it cannot heal, and is looked at after 45 steps."""

    def run():
        keras.backend.clear_session()  # a plan names layers
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(320, 6)).astype("float32")
        y = (x[:, 0] > x[:, 1]).astype("float32")[:, None]
        model = keras.Sequential(
            [keras.Input((6,)), layers.Dense(16, "relu"), layers.Dropout(0.1), layers.Dense(1, "softmax")]
        )
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
        given = [make() for make in callbacks]
        history = model.fit(x, y, epochs=EPOCHS, batch_size=32, verbose=verbose, validation_split=0.1, callbacks=given)
        if kept is not None:
            kept.append((history.history, [weight.copy() for weight in model.get_weights()]))

    return run


def never(search, proposal):
    return lambda attempt: False


def kinds(story):
    return [(attempt.kind, attempt.steps) for attempt in story.attempts]


def test_what_is_gone_on_with_is_the_run_of_its_plan_to_the_bit(stories):
    """Its judgement in the middle leaves no trace in weights, history, dropout, order of rows or figures of validation."""
    kept = []
    (story,) = stories(program(kept=kept), repair=True)
    (again,) = stories(program(kept=kept), repair=True, plans={"0": story.plan})
    assert (story.verdict, again.attempts[0].kind) == (Verdict.REPAIRED, "full")
    assert kinds(story) == [("baseline", 40), ("full", 270)]
    (one, weights), (other, same) = kept
    assert one == other and len(one["val_loss"]) == EPOCHS
    for ours, theirs in zip(weights, same, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_it_prints_comes_out_whole(stories, capsys):
    (story,) = stories(program(verbose=2), repair=True)
    assert [kind for kind, _ in kinds(story)] == ["baseline", "full"]
    printed = capsys.readouterr().out
    assert printed.count("Epoch 1/30") == 2 and printed.count("Epoch 30/30") == 1


def test_one_that_is_cut_prints_nothing_and_leaves_no_file(stories, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(Search, "_seen_to_the_end", never)
    file = tmp_path / "log.csv"
    (story,) = stories(program([lambda: keras.callbacks.CSVLogger(str(file))], verbose=2), repair=True)
    assert kinds(story) == [("baseline", 40), ("probe", 40), ("full", 270)]
    assert capsys.readouterr().out.count("Epoch 1/30") == 2
    assert [row["epoch"] for row in csv.DictReader(file.open())] == [str(epoch) for epoch in range(EPOCHS)]


def test_callbacks_take_part_from_its_start(stories):
    begun = []
    count = [lambda: keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))]
    (story,) = stories(program(count), repair=True)
    assert [kind for kind, _ in kinds(story)] == ["baseline", "full"]
    assert begun == [*range(5), *range(EPOCHS)]

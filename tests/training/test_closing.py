"""Every run ends with an audit: warnings on a healthy one, causes on a sick one, and no trace of the look."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from autostable.records import Code, Verdict
from autostable.setup import Setup
from autostable.training import data
from autostable.training.examine import closing

ROWS = 256


def numbers(seed=0):
    x = np.random.default_rng(seed).normal(size=(ROWS, 4)).astype("float32")
    return x, (x.sum(axis=1, keepdims=True)).astype("float32")


def network(*first, units=1, last=None, loss="mse", rate=0.01):
    model = keras.Sequential([keras.Input((4,)), *first, layers.Dense(8, "tanh"), layers.Dense(units, last)])
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


def classifier():
    return network(units=2, last="softmax", loss="sparse_categorical_crossentropy")


def fitted(stories, model, *args, epochs=12, batch_size=16, orders=None, **options):
    def program():
        size = {} if isinstance(args[0], tf.data.Dataset) else {"batch_size": batch_size}
        model.fit(*args, epochs=epochs, verbose=0, **size, **options)

    return stories(program, **(orders or {}))[0]


def told(story, code):
    found = [each for each in (*story.warnings, *story.causes) if each.code == code]
    assert found, (story.verdict, story.warnings, story.causes)
    return found[0].evidence


def test_a_good_training_has_no_warning(stories):
    story = fitted(stories, network(), *numbers())
    assert (story.verdict, story.warnings, story.notes) == (Verdict.HEALTHY, (), ())


def test_an_outlier_is_told_though_all_is_well(stories):
    x, y = numbers()
    x[77, 2] = 1e10  # a tanh takes it
    story = fitted(stories, network(), x, y)
    assert "x row 77, column 2 is 1e+10" in told(story, Code.DATA_OUTLIERS)


class Known(layers.Layer):
    def call(self, x):
        return ops.where(ops.isfinite(x), x, 0.0)


def test_gaps_that_the_model_fills_itself_are_told_and_left_alone(stories):
    x, y = numbers()
    x[::50, 1] = np.nan
    story = fitted(stories, network(Known()), x, y)
    assert story.verdict is Verdict.HEALTHY
    assert "6 NaN and 0 Inf in 6 of 256 rows (rows 0, 50, 100, 150, 200" in told(story, Code.DATA_NONFINITE)


def test_raw_inputs_and_targets_are_told(stories):
    x, y = numbers()
    story = fitted(stories, network(), x * 100.0, y * 100.0, epochs=1)
    assert "from -" in told(story, Code.DATA_UNSCALED_INPUTS) and "y is raw" in told(story, Code.DATA_UNSCALED_TARGETS)


@pytest.mark.parametrize("first", [layers.BatchNormalization(), layers.Rescaling(0.01)])
def test_raw_inputs_that_the_model_puts_in_order_are_no_warning(stories, first):
    x, y = numbers()
    assert fitted(stories, network(first), x * 100.0, y).warnings == ()


def test_what_is_divided_twice_is_told(stories):
    x, y = numbers()
    x = np.abs(x) / np.abs(x).max()
    story = fitted(stories, network(layers.Rescaling(1 / 255)), x, y, epochs=1)
    assert "from 0" in told(story, Code.DATA_UNSCALED_INPUTS)
    assert "divides it by 255 once more: its first layer sees values up to 0.0039" in told(
        story, Code.DATA_UNSCALED_INPUTS
    )


def test_constant_columns_are_a_note(stories):
    x, y = numbers()
    x[:, 3] = 0.5
    story = fitted(stories, network(), x, y)
    assert story.notes == ("Column 3 of x never changes: it tells nothing.",)


def test_labels_that_are_all_equal(stories):
    x, _ = numbers()
    assert (
        told(fitted(stories, classifier(), x, np.ones(ROWS, int), epochs=1), Code.LABELS_SUSPICIOUS)
        == "every label is 1"
    )


def two_classes():
    x, y = numbers()
    labels = (y[:, 0] > 0).astype("int64")
    order = np.argsort(labels, kind="stable")
    return x[order], labels[order]


def test_labels_class_by_class_in_a_stream(stories):
    x, labels = two_classes()
    stream = tf.data.Dataset.from_tensor_slices((x, labels)).batch(16)
    assert "hold 2 stretches of equal ones" in told(
        fitted(stories, classifier(), stream, epochs=1), Code.LABELS_SUSPICIOUS
    )
    story = fitted(stories, classifier(), x, labels, epochs=1, shuffle=False)
    assert "class by class" in told(story, Code.LABELS_SUSPICIOUS)
    for shuffled in (
        fitted(stories, classifier(), x, labels, epochs=1),
        fitted(
            stories,
            classifier(),
            tf.data.Dataset.from_tensor_slices((x, labels)).shuffle(ROWS, seed=1).batch(16),
            epochs=1,
        ),
    ):
        assert Code.LABELS_SUSPICIOUS not in {each.code for each in (*shuffled.warnings, *shuffled.causes)}


def gaps():
    x, y = numbers(1)
    x[5, 1] = x[40, 3] = np.nan
    return x, y


def test_gaps_in_validation_data_are_told(stories):
    story = fitted(stories, network(), *numbers(), validation_data=gaps())
    assert story.verdict is Verdict.HEALTHY
    said = told(story, Code.DATA_NONFINITE)
    assert "validation x holds 2 NaN and 0 Inf in 2 of 256 rows (rows 5, 40, columns 1, 3)" in said
    x, y = numbers()
    x[200, 0] = np.nan  # among the last quarter
    said = told(fitted(stories, network(), x, y, validation_split=0.25), Code.DATA_NONFINITE)
    assert "validation x holds 1 NaN and 0 Inf in 1 of 64 rows (rows 200, columns 0)" in said


@pytest.mark.parametrize("streamed", [False, True])
def test_gaps_that_a_callback_reads_are_cured(stories, streamed):
    unseen = tf.data.Dataset.from_tensor_slices(gaps()).batch(32) if streamed else gaps()
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True)
    options = {"validation_data": unseen, "callbacks": [stop], "orders": {"repair": True}}
    story = fitted(stories, network(), *numbers(), **options)
    assert (story.verdict, story.symptom.kind, story.symptom.epoch) == (Verdict.REPAIRED, "nonfinite", 0)
    assert story.causes[0].code is Code.DATA_NONFINITE and story.causes[0].confidence > 0.9
    assert [step.name for step in story.plan] == ["impute-missing"]  # rows like these are to be predicted
    assert story.attempts[-1].steps > story.attempts[0].steps == 3 * ROWS // 16  # it no longer stops at once


def test_what_is_left_out_of_training_is_left_out_of_validation():
    x, y = gaps()
    changed = data.prepared({"x": x, "y": y, "validation_data": (x, y)}, Setup(drop_rows=True))
    assert len(changed["x"]) == len(changed["validation_data"][0]) == len(changed["validation_data"][1]) == ROWS - 2
    stream = tf.data.Dataset.from_tensor_slices((x, y)).batch(64)
    changed = data.prepared({"x": x, "y": y, "validation_data": stream}, Setup(drop_rows=True))
    assert sum(len(batch[0]) for batch in changed["validation_data"]) == ROWS - 2
    good = data.prepared({"x": y, "y": y, "validation_data": (y, y)}, Setup(drop_rows=True))
    assert good["x"] is y and good["validation_data"][0] is y


def test_batches_by_hand_are_audited_too(stories):
    x, y = numbers()
    x[3, 1] = 1e10

    def program():
        model = network()
        for _ in range(4):
            for at in range(0, ROWS, 32):
                model.train_on_batch(x[at : at + 32], y[at : at + 32])

    (story,) = stories(program)
    assert "x row 3, column 1 is 1e+10" in told(story, Code.DATA_OUTLIERS)


def test_a_look_leaves_no_trace(stories):
    """Order of a shuffled pipeline, random numbers and weights of a second fit are what they are unwatched."""

    def program():
        keras.utils.set_random_seed(3)
        x, y = numbers()
        stream = tf.data.Dataset.from_tensor_slices((x * 30.0, y)).shuffle(ROWS).batch(16)
        model = network(layers.Rescaling(0.1), layers.Dropout(0.2))
        model.fit(stream, epochs=1, verbose=0)
        model.fit(x, y, epochs=1, verbose=0, validation_split=0.2)
        kept.append([*model.get_weights(), np.random.random(3), tf.random.uniform((3,)).numpy()])

    kept = []
    program()
    keras.backend.clear_session()
    stories(program)
    assert all(np.array_equal(one, other) for one, other in zip(*kept, strict=True))


def test_thousands_of_fits_are_not_audited_one_by_one(monkeypatch):
    allowance = closing.Allowance()
    clock = iter(range(100))
    monkeypatch.setattr(closing.time, "monotonic", lambda: 0.1 * next(clock))
    assert allowance.is_left
    for _ in range(2):
        with allowance.spending():
            pass
    assert not allowance.is_left  # 0.2 s
    allowance.trained(19.0)
    assert not allowance.is_left
    allowance.trained(2.0)
    assert allowance.is_left


@pytest.mark.whole
def test_labels_that_are_too_long_for_the_frames_are_told(stories):
    labels = np.random.default_rng(0).integers(1, 4, (64, 6))
    labels[:, 3:] = 0
    labels[5] = [1, 1, 2, 2, 0, 0]  # six frames: four symbols, and one between two that are equal
    labels[7] = [1, 2, 3, 1, 2, 3]
    assert list(closing.frames_needed(labels[[5, 7]])) == [6, 6]
    x = np.random.default_rng(1).normal(size=(64, 5, 4)).astype("float32")
    model = keras.Sequential([keras.Input((5, 4)), layers.Dense(4)])
    model.compile("adam", keras.losses.CTC())
    story = fitted(stories, model, x, labels, epochs=2)
    assert told(story, Code.LABELS_OUT_OF_RANGE).startswith("2 rows of labels have more symbols than there are frames")

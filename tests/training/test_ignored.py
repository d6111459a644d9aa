"""Labels that the loss ignores (`ignore_class`): they are no data, whoever looks at labels."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

ROWS = 600


def rows(unknown, seed=0):
    """Two classes of a table; a third of the rows bears the label that nobody knows, and looks like no other."""
    drawn = np.random.default_rng(seed)
    x = drawn.normal(size=(ROWS, 6)).astype("float32")
    y = (x[:, 0] + x[:, 1] > 0).astype("int32")
    hidden = drawn.random(ROWS) < 0.35
    x[hidden] += 3.0
    return x, np.where(hidden, unknown, y).astype("int32")


def classifier(ignored, columns=6, units=2, rate=0.01):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((columns,)), layers.Dense(16, "tanh"), layers.Dense(units)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=ignored)
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


def told(story):
    return {each.code for each in (*story.warnings, *story.causes)}


def reason(story):
    return story.attempts[0].learning and story.attempts[0].learning.reason


@pytest.mark.parametrize("unknown", [-1, 255])
def test_a_good_training_is_healthy_without_a_warning_and_not_a_bit_is_changed(stories, unknown):
    x, y = rows(unknown)

    def program():
        model = classifier(unknown)
        model.fit(x, y, epochs=12, batch_size=32, verbose=0)
        return model.get_weights()

    alone, found = program(), []
    (story,) = stories(lambda: found.extend(program()), repair=True)
    assert (story.verdict, told(story), reason(story)) == (Verdict.HEALTHY, set(), "learnt")
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(found, alone, strict=True))


def test_noise_is_told_to_be_noise(stories):
    x, y = rows(255)
    known = y != 255
    y[known] = np.random.default_rng(1).integers(0, 2, int(known.sum()))
    (story,) = stories(lambda: classifier(255, rate=1e-3).fit(x, y, epochs=8, batch_size=32, verbose=0), repair=True)
    assert (story.verdict, reason(story)) == (Verdict.HEALTHY, "nothing-to-find")
    assert told(story) == set()


def test_trees_that_tell_which_labels_are_ignored_beat_nobody(stories):
    """Where a label is missing is told by the inputs, the labels themselves are told by next to nothing else."""
    drawn = np.random.default_rng(0)
    x = drawn.normal(size=(ROWS, 6)).astype("float32")
    y = (x[:, 0] + 2.5 * drawn.normal(size=ROWS) > 0).astype("int32")
    y = np.where(x[:, 2] > 0, 2, y).astype("int32")  # a third class, which is the ignored one
    (story,) = stories(lambda: classifier(2, units=3).fit(x, y, epochs=15, batch_size=32, verbose=0), repair=True)
    assert story.verdict is Verdict.HEALTHY
    assert len(story.attempts) == 1


def pixels(unknown, noise=False):
    drawn = np.random.default_rng(0)
    x = drawn.normal(size=(200, 6, 6, 1)).astype("float32")
    y = np.digitize(x[..., 0], [-0.5, 0.5])
    if noise:
        y = drawn.integers(0, 3, y.shape)
    return x, np.where(drawn.random(y.shape) < 0.4, unknown, y).astype("int32")


def segmenter(ignored, rate=0.02):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(8, 1, activation="relu"), layers.Conv2D(3, 1, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(ignore_class=ignored))
    return model


@pytest.mark.parametrize("unknown", [-1, 255])
def test_pixels(stories, unknown):
    (story,) = stories(lambda: segmenter(unknown).fit(*pixels(unknown), epochs=8, batch_size=16, verbose=0))
    assert (story.verdict, told(story), reason(story)) == (Verdict.HEALTHY, set(), "learnt")
    assert story.attempts[0].learning.skill > 0.5


def test_pixels_of_noise(stories):
    def program():
        segmenter(255).fit(*pixels(255, noise=True), epochs=8, batch_size=16, verbose=0)

    (story,) = stories(program, repair=True)
    assert Code.LABELS_OUT_OF_RANGE not in told(story)
    assert reason(story) == "no-signal"  # no plain model is asked of pixels


def test_a_pipeline(stories):
    x, y = rows(-1)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
    (story,) = stories(lambda: classifier(-1).fit(batches, epochs=12, verbose=0), repair=True)
    assert (story.verdict, told(story), reason(story)) == (Verdict.HEALTHY, set(), "learnt")


class Mine(keras.losses.SparseCategoricalCrossentropy):
    """The user's own, which ignores as well."""


def test_class_numbers_from_one_are_put_right_and_what_is_ignored_stays_so(stories):
    """0 is ignored, 1 and 2 are the classes of two units: each is answered in the user's numbers."""
    x, y = rows(-1)
    y, right = y + 1, []

    def program():
        model = classifier(0)
        model.fit(x, y, epochs=12, batch_size=32, verbose=0)
        right.append(float(np.mean((model.predict(x, verbose=0).argmax(-1) == y)[y > 0])))

    (story,) = stories(program, repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_OUT_OF_RANGE)
    assert "labels run from 1 to 2" in story.causes[0].evidence
    assert [(step.name, dict(step.parameters)) for step in story.plan] == [("remap-labels", {"offset": 1})]
    assert right[-1] > 0.9


def test_another_number_for_what_is_not_known_becomes_the_ignored_one(stories):
    x, y = pixels(255)
    y[y == 2] = np.where(np.random.default_rng(2).random(int((y == 2).sum())) < 0.2, 7, 2)

    def program(labels):
        model = segmenter(255)
        model.fit(x, labels, epochs=8, batch_size=16, verbose=0)
        return model.get_weights()

    found = []
    (story,) = stories(lambda: found.extend(program(y)), repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_OUT_OF_RANGE)
    assert [(step.name, dict(step.parameters)) for step in story.plan] == [("remap-labels", {"ignore": [0, 2]})]
    by_hand = program(np.where(y == 7, 255, y))
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(found, by_hand, strict=True))


@pytest.mark.parametrize("own", [False, True])
def test_each_output_by_itself(stories, own):
    x, y = rows(-1)
    x -= x.mean(axis=0)
    other = (0.3 * (x[:, 2:3] + x[:, 3:4])).astype("float32")
    kind = Mine if own else keras.losses.SparseCategoricalCrossentropy

    def program():
        keras.utils.set_random_seed(0)
        inputs = keras.Input((6,))
        hidden = layers.Dense(16, "tanh")(inputs)
        model = keras.Model(inputs, {"a": layers.Dense(1, name="a")(hidden), "b": layers.Dense(2, name="b")(hidden)})
        model.compile(keras.optimizers.Adam(0.01), {"a": "mse", "b": kind(from_logits=True, ignore_class=-1)})
        model.fit(x, {"b": y, "a": other}, epochs=15, batch_size=32, verbose=0)

    (story,) = stories(program, repair=True)
    assert (story.verdict, told(story), reason(story)) == (Verdict.HEALTHY, set(), "learnt")


def test_labels_class_by_class_are_told_by_those_that_count(stories):
    """The ignored label between two others is no stretch, and rows that do not count do not mix anything."""
    x, y = rows(255)
    order = np.argsort(np.where(y == 255, 0.5, y), kind="stable")
    y[order[:: len(order) // 40]] = 255  # they lie in between

    def program():
        classifier(255).fit(x[order], y[order], epochs=12, batch_size=32, shuffle=False, verbose=0)

    (story,) = stories(program)
    said = [each.evidence for each in (*story.warnings, *story.causes) if each.code is Code.LABELS_SUSPICIOUS]
    assert len(said) == 1 and "hold 2 stretches of equal ones" in said[0]


def test_one_class_beside_ignored_labels_is_one_class(stories):
    x, y = rows(255)
    y[y == 1] = 0
    (story,) = stories(lambda: classifier(255).fit(x, y, epochs=8, batch_size=32, verbose=0), repair=True)
    assert (story.verdict, reason(story)) == (Verdict.UNREPAIRED, "one-class")
    assert any(each.evidence == "every label is 0" for each in story.causes)

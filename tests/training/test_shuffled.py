"""Rows in a random order, where labels come class by class."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict
from autostable.training import seams
from autostable.training.pipelines import together
from autostable.training.shuffled import Drawn, dataset

ROWS, BATCH = 256, 16


def rows(count=ROWS):
    """Number i has the label 0 in the first half, 1 in the second."""
    x = np.arange(count, dtype="float32")[:, None]
    return x, (x[:, 0] >= count // 2).astype("int64")


def test_a_data_set_holds_the_same_rows_in_another_order_in_each_epoch():
    shuffled = dataset(tf.data.Dataset.from_tensor_slices(rows()).batch(BATCH), 0)
    first, second = ([(x.numpy(), y.numpy()) for x, y in shuffled] for _ in range(2))
    assert [len(x) for x, _ in first] == [BATCH] * (ROWS // BATCH)
    order, again = (np.concatenate([x[:, 0] for x, _ in each]) for each in (first, second))
    assert sorted(order) == sorted(again) == list(range(ROWS)) and (order != again).any()
    assert all((y == (x[:, 0] >= ROWS // 2)).all() for x, y in first)
    assert sum(len(set(y)) == 2 for _, y in first) > 12


def test_a_data_set_without_batches_stays():
    empty = tf.data.Dataset.from_tensor_slices(rows(0)).batch(BATCH)
    assert dataset(empty, 0) is empty


def test_batches_are_drawn_from_what_went_by_and_rows_stay_whole():
    x, y = rows()
    drawn = Drawn(0)
    for start in range(0, ROWS, BATCH):
        here = slice(start, start + BATCH)
        given = drawn.exchanged({"x": x[here], "y": tf.constant(y[here]), "rate": 0.1})
        assert given["rate"] == 0.1 and tf.is_tensor(given["y"]) and isinstance(given["x"], np.ndarray)
        assert len(given["x"]) == BATCH and given["x"].max() < start + BATCH
        assert (given["y"].numpy() == (given["x"][:, 0] >= ROWS // 2)).all()
    assert set(given["y"].numpy()) == {0, 1}


def test_the_oldest_rows_give_way(monkeypatch):
    monkeypatch.setattr("autostable.training.shuffled.MOST_BYTES", 12 * 32)  # 32 rows of 12 bytes
    x, y = rows()
    drawn = Drawn(0)
    for start in range(0, ROWS, BATCH):
        given = drawn.exchanged((x[start : start + BATCH], y[start : start + BATCH]))
    assert given[0].min() >= ROWS - 32


def test_what_does_not_fit_is_given_as_it_is():
    drawn = Drawn(0)
    drawn.exchanged(rows())
    other = (np.zeros((4, 3), "float32"), np.zeros(4, "int64"))
    assert drawn.exchanged(other) is other
    alone = {"rate": 0.1}
    assert drawn.exchanged(alone) is alone


def pairs(left, right, size=BATCH):
    x, y = (tf.data.Dataset.from_tensor_slices(part) for part in rows())
    x, y = (part if seed is None else part.shuffle(ROWS, seed=seed) for part, seed in ((x, left), (y, right)))
    return tf.data.Dataset.zip((x, y)).batch(size).prefetch(1)


@pytest.mark.parametrize(
    ("left", "right", "apart"), [(1, 2, True), (1, None, True), (1, 1, False), (None, None, False)]
)
def test_what_is_shuffled_apart(left, right, apart):
    assert seams.shuffled_apart(pairs(left, right)) is apart


def test_a_pair_of_pairs_may_be_shuffled_apart():
    """As for a mixture of two rows."""
    both = tf.data.Dataset.from_tensor_slices(rows())
    mixed = tf.data.Dataset.zip((both.shuffle(ROWS, seed=1), both.shuffle(ROWS, seed=2)))
    assert not seams.shuffled_apart(mixed.map(lambda one, two: (one[0] + two[0], one[1])).batch(BATCH))
    assert not seams.shuffled_apart(both.shuffle(ROWS, seed=1).batch(BATCH))


@pytest.mark.parametrize("seeds", [(1, 2), (1, None), (None, 1)])
def test_pairs_are_together_again(seeds):
    x, y = (np.concatenate(part) for part in zip(*together(pairs(*seeds)).as_numpy_iterator(), strict=True))
    assert (x[:, 0] == np.arange(ROWS)).all() and (y == (x[:, 0] >= ROWS // 2)).all()


def apart():
    x, y = class_by_class()
    left, right = (tf.data.Dataset.from_tensor_slices(part).shuffle(800, seed=seed) for part, seed in ((x, 1), (y, 2)))
    model = classifier()
    model.fit(tf.data.Dataset.zip((left, right)).batch(20), epochs=12, verbose=0)
    return model.evaluate(x, y, verbose=0)[1]


@pytest.mark.slow
def test_inputs_and_targets_that_are_shuffled_apart_are_paired_first():
    report = autostable.run(apart)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code is Code.LABELS_SUSPICIOUS and "each by itself" in report.causes[0].evidence
    assert [remedy.parameters for remedy in report.plan] == [{"shuffle": True, "together": True}]
    assert report.attempts[-1].learning.value > 0.8  # how many rows are looked at hangs on the machine


def class_by_class():
    """Four classes by the signs of two products."""
    x = np.random.default_rng(0).normal(size=(800, 4))
    y = 2 * (x[:, 0] * x[:, 1] > 0) + (x[:, 2] * x[:, 3] > 0)
    order = np.argsort(y, kind="stable")
    return x[order].astype("float32"), y[order]


def classifier():
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(32, "relu"), keras.layers.BatchNormalization()]
    model = keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(4, "softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def streamed():
    x, y = class_by_class()
    model = classifier()
    model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(20), epochs=12, verbose=0)
    return model.evaluate(x, y, verbose=0)[1]


def in_order():
    x, y = class_by_class()
    model = classifier()
    model.fit(x, y, batch_size=20, epochs=12, shuffle=False, verbose=0)
    return model.evaluate(x, y, verbose=0)[1]


def by_hand():
    x, y = class_by_class()
    model = classifier()
    for _ in range(12):
        for start in range(0, len(x), 20):
            model.train_on_batch(x[start : start + 20], y[start : start + 20])
    return model.evaluate(x, y, verbose=0)[1]


def taped():
    x, y = class_by_class()
    model, optimizer = classifier(), keras.optimizers.SGD(0.1)

    @tf.function
    def step(batch, labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, model(batch, training=True)))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
        return loss

    for _ in range(12):
        for start in range(0, len(x), 20):
            step(tf.constant(x[start : start + 20]), tf.constant(y[start : start + 20]))
    return model.evaluate(x, y, verbose=0)[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [streamed, *(pytest.param(each, marks=pytest.mark.whole) for each in (by_hand, in_order, taped))],
)
def test_labels_that_come_class_by_class_are_shuffled(program):
    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code in (Code.LABELS_SUSPICIOUS, Code.BATCHNORM_STATISTICS)
    assert [remedy.name for remedy in report.plan] == ["shuffle-rows"]
    assert report.attempts[0].learning.value < 0.5 and report.attempts[-1].learning.value > 0.8

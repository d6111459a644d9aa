"""Data that change when they are read: told with the line, put back after each batch, and nothing of what only looks alike."""

import keras
import numpy as np
import pytest
from keras import layers

import autostable
from autostable.records import Code, Verdict
from autostable.setup import Setup
from autostable.training import data
from autostable.training.stored import MOST_BYTES, Spared, Stored, altered


class Batches(keras.utils.PyDataset):
    """Rows of an array, four at a time."""

    def __init__(self, rows=8):
        super().__init__()
        self.x, self.y = np.arange(rows * 2, dtype="float64").reshape(rows, 2), np.arange(rows)
        self.rng, self.count, self.buffer = np.random.default_rng(0), 0, np.zeros((4, 2))

    def __len__(self):
        return len(self.x) // 4

    def part(self, index):
        return slice(index * 4, index * 4 + 4)


class InPlace(Batches):
    def __getitem__(self, index):
        x = self.x[self.part(index)]
        x -= 5.0
        return x, self.y[self.part(index)]


class ByEntries(Batches):
    def __getitem__(self, index):
        self.x[self.part(index), 0] *= 3.0
        return self.x[self.part(index)], self.y[self.part(index)]


class InAFunction(Batches):
    def __getitem__(self, index):
        return np.multiply(*[self.x[self.part(index)], 2.0], out=self.x[self.part(index)]), self.y[self.part(index)]


class Piling(Batches):
    def __getitem__(self, index):
        x = self.x[self.part(index)]
        x += self.rng.normal(size=x.shape) * 9
        return x, self.y[self.part(index)]


class Targets(Batches):
    def __getitem__(self, index):
        y = self.x[self.part(index)]
        y /= 10.0
        return np.ones((4, 3)), y


def read_once(dataset):
    """What is said of a dataset each batch of which was read once."""
    stored = Stored(dataset)
    for index in range(len(dataset)):
        dataset[index]
    before = [array.copy() for array, _ in stored._kept]
    seen = altered(dataset, stored)
    assert all(np.array_equal(array, content) for (array, _), content in zip(stored._kept, before, strict=True))
    return seen


@pytest.mark.parametrize(
    ("kind", "changing", "taken"),
    [
        (InPlace, "x -= 5.0", "x = self.x[self.part(index)]"),
        (Piling, "x += self.rng.normal(size=x.shape) * 9", "x = self.x[self.part(index)]"),
        (Targets, "y /= 10.0", "y = self.x[self.part(index)]"),
        (ByEntries, "self.x[self.part(index), 0] *= 3.0", None),
        (InAFunction, "def __getitem__(self, index):", None),
    ],
)
def test_it_is_told_with_its_line(kind, changing, taken):
    seen = read_once(kind())
    assert seen.site.source == changing
    assert (None if seen.taken is None else seen.taken.source) == taken
    assert (seen.mean, seen.std) != (seen.again_mean, seen.again_std)


def test_figures_are_those_of_the_first_and_the_second_reading():
    seen = read_once(InPlace())
    assert (seen.mean, seen.again_mean) == (3.5 - 5.0, 3.5 - 10.0)


class Copies(Batches):
    def __getitem__(self, index):
        return self.x[self.part(index)] + self.rng.normal(size=(4, 2)), self.y[self.part(index)]


class Buffer(Batches):
    def __getitem__(self, index):
        self.buffer[:] = self.x[self.part(index)]
        self.buffer += 1.0
        return self.buffer, self.y[self.part(index)]


class Clipped(Batches):
    def __getitem__(self, index):
        x = self.x[self.part(index)]
        np.clip(x, 2.0, 5.0, out=x)
        return x, self.y[self.part(index)]


class Counting(Batches):
    def __getitem__(self, index):
        self.count += 1
        self.buffer[:] = self.count
        return self.x[self.part(index)] * self.count, self.y[self.part(index)]


class Slightly(Batches):
    def __getitem__(self, index):
        x = self.x[self.part(index)]
        x += 0.09 * np.arange(8.0).std()
        return x, self.y[self.part(index)]


class More(Batches):
    def __getitem__(self, index):
        x = self.x[self.part(index)]
        x += 0.11 * np.arange(8.0).std()
        return x, self.y[self.part(index)]


@pytest.mark.parametrize("kind", [Copies, Buffer, Clipped, Counting, Slightly])
def test_what_looks_alike_is_none(kind):
    assert read_once(kind()) is None


def test_a_tenth_of_what_a_batch_spreads_is_enough():
    assert read_once(More()) is not None


def test_what_is_shuffled_between_epochs_is_none():
    dataset = Copies()
    stored = Stored(dataset)
    np.random.default_rng(0).shuffle(dataset.x)
    assert stored.changed and altered(dataset, stored) is None


def test_arrays_that_are_too_large_are_not_kept():
    dataset = InPlace()
    assert len(Stored(dataset)._kept) == 3
    dataset.x = np.zeros(MOST_BYTES // 8)
    assert Stored(dataset)._kept == [] == Stored(np.zeros(3))._kept


def test_each_reading_finds_what_the_first_one_found():
    dataset = InPlace()
    spared = data.prepared({"x": dataset, "y": None}, Setup(spare_data=True))["x"]
    assert isinstance(spared, Spared) and spared.num_batches == 2
    wanted = np.arange(8.0).reshape(4, 2) - 5.0
    assert all(np.array_equal(spared[0][0], wanted) for _ in range(3))
    assert np.array_equal(dataset.x, np.arange(16.0).reshape(8, 2))
    dataset.x[:] = 7.0  # between epochs
    assert np.array_equal(spared[1][0], np.full((4, 2), 2.0)) and (dataset.x == 7.0).all()


def test_without_the_knob_data_are_as_they_were_given():
    dataset = InPlace()
    assert data.prepared({"x": dataset, "y": None}, Setup())["x"] is dataset


class Standardised(keras.utils.PyDataset):
    def __init__(self, x, y, copies):
        super().__init__()
        self.x, self.y, self.copies = x, y, copies
        self.mean, self.std = x.mean(axis=0), x.std(axis=0)

    def __len__(self):
        return len(self.x) // 32

    def __getitem__(self, index):
        part = slice(index * 32, index * 32 + 32)
        x = self.x[part]
        if self.copies:
            x = x.copy()
        x -= self.mean
        x /= self.std
        return x, self.y[part]


def fitted(copies=False):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(50, 3, (640, 4))
    y = (x[:, 0] > x[:, 1]).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    before = x.copy()
    history = model.fit(Standardised(x, y, copies), epochs=10, verbose=0)
    return history.history["accuracy"][-1], np.array_equal(x, before)


@pytest.mark.slow
def test_a_training_on_them_is_repaired():
    train = autostable.stabilize(fitted)
    accuracy, as_before = train()
    cause = train.report.causes[0]
    assert (train.report.verdict, cause.code) == (Verdict.REPAIRED, Code.DATA_UNSCALED_INPUTS)
    assert cause.site.source.strip() == "x -= self.mean" and "A slice of an array is no copy" in cause.evidence
    assert [(step.name, step.parameters) for step in train.report.plan] == [("copy-batches", {})]
    assert accuracy > 0.95 and as_before


@pytest.mark.slow
def test_its_healthy_twin_is_left_alone():
    train = autostable.stabilize(fitted)
    assert train(copies=True)[0] > 0.95
    assert (train.report.verdict, train.report.warnings) == (Verdict.HEALTHY, ())

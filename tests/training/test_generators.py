"""Random generators are found where programs keep them, and put back to where they were."""

import functools
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.training.generators import generators_in

at_module_level = np.random.default_rng(3)


def own_attribute():
    class Data(keras.utils.PyDataset):
        rng = None

        def __getitem__(self, index):
            return self.rng.random()

    data = Data()
    data.rng = np.random.default_rng(0)
    return data, lambda: data[0]


def global_of_a_method():
    class Data(keras.utils.PyDataset):
        def __getitem__(self, index):
            return [at_module_level.random() for _ in range(2)]

    data = Data()
    return data, lambda: data[0]


def closure_of_a_generator():
    rng = np.random.RandomState(0)

    def rows():
        yield rng.uniform()

    data = tf.data.Dataset.from_generator(rows, output_signature=tf.TensorSpec((), tf.float64)).batch(2)
    return data, lambda: float(next(iter(data))[0])


def argument_of_a_partial():
    def rows(draw):
        yield draw.random()

    data = functools.partial(rows, random.Random(0))
    return data, lambda: next(data())


def mapped_function():
    generator = tf.random.Generator.from_seed(0)
    data = tf.data.Dataset.range(2).map(lambda _: generator.uniform(()))
    return data, lambda: float(next(iter(data)))


def layer_in_a_map():
    augment = keras.Sequential([layers.RandomBrightness(0.5, value_range=(0, 1))])
    images = tf.fill((1, 2, 2, 3), 0.5)
    data = tf.data.Dataset.from_tensors(images).map(lambda image: augment(image, training=True))
    return data, lambda: float(next(iter(data))[0, 0, 0, 0])


@pytest.mark.parametrize(
    "make",
    [own_attribute, global_of_a_method, closure_of_a_generator, argument_of_a_partial, mapped_function, layer_in_a_map],
    ids=lambda make: make.__name__,
)
def test_found_and_put_back(make):
    data, draw = make()
    draw()
    found = generators_in([data])
    first = draw()
    assert draw() != first
    for generator in found:
        generator.restore()
    assert draw() == first


def test_a_search_ends():
    endless = []
    endless.append(endless)
    holder = functools.partial(print, endless, *[object() for _ in range(5000)])
    assert generators_in([holder, np.zeros(3), None, "text"]) == []


class Shy:
    @property
    def __dict__(self):
        raise RuntimeError("nobody looks into me")


def test_an_archive_of_arrays_that_is_still_open_is_passed_over(tmp_path):
    """What NumPy gives for `.f` of it raises for whatever it has not, its class included."""
    np.savez(tmp_path / "data.npz", x=np.zeros(3))
    rng = np.random.default_rng(0)
    with np.load(tmp_path / "data.npz") as data:
        assert len(generators_in([lambda: (data, rng)])) == 1
        assert len(generators_in([data.f, rng])) == 1


def test_an_object_that_cannot_be_looked_into_is_passed_over():
    rng = np.random.default_rng(0)
    found = generators_in([Shy(), functools.partial(print, Shy(), rng)])
    assert len(found) == 1

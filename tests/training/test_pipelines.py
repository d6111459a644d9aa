"""A copy of a pipeline gives what the pipeline gave first, and reading it changes nothing for those who read later."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.training import pipelines
from autostable.training.pipelines import Pipeline


def read(dataset):
    return [np.concatenate([np.ravel(part) for part in tf.nest.flatten(element)]).tolist() for element in dataset]


def numbers():
    return tf.data.Dataset.range(12)


def letters():
    return keras.layers.StringLookup(vocabulary=["a", "b"])


def lines(tmp_path):
    (tmp_path / "numbers.txt").write_text("1\n2\n3\n4\n5\n")
    return tf.data.TextLineDataset(str(tmp_path / "numbers.txt")).map(tf.strings.to_number).shuffle(5)


def drawn_in_a_map(_):
    generator = tf.random.Generator.from_seed(1)
    return numbers().map(lambda v: generator.uniform(()))


def augmented(_):
    changed = keras.Sequential([keras.layers.RandomFlip(seed=4), keras.layers.RandomRotation(0.1)])
    pictures = tf.data.Dataset.from_tensor_slices(np.random.default_rng(0).normal(size=(8, 4, 4, 1)).astype("float32"))
    return pictures.shuffle(8).batch(2).map(lambda x: changed(x, training=True)).prefetch(2)


def counted(_):
    calls = tf.Variable(0, dtype=tf.int64)
    return numbers().map(lambda v: v * calls.assign_add(1))


REPEATABLE = {
    "a generator's state": drawn_in_a_map,
    "augmenting layers": augmented,
    "a variable that counts": counted,
    "shuffle": lambda _: numbers().shuffle(12),
    "two shuffles": lambda _: numbers().shuffle(12).repeat(2).shuffle(24).batch(5),
    "behind a cache": lambda _: numbers().shuffle(12).cache().batch(5).prefetch(tf.data.AUTOTUNE),
    "parallel map": lambda _: numbers().map(lambda v: (v, 2 * v), num_parallel_calls=2).shuffle(9).batch(4),
    "rows": lambda _: tf.data.Dataset.from_tensor_slices({"a": np.arange(8.0), "b": np.ones((8, 2))}).shuffle(8),
    "random numbers": lambda _: tf.data.Dataset.random(rerandomize_each_iteration=True).take(5),
    "random operations": lambda _: (
        numbers().shuffle(12).map(lambda v: (v, tf.random.uniform(()), tf.random.normal((2,))))
    ),
    "words": lambda _: tf.data.Dataset.from_tensor_slices(["a", "b", "c"]).map(letters()).shuffle(3),
    "zip": lambda _: tf.data.Dataset.zip(numbers(), numbers().shuffle(12)),
    "sampled": lambda _: tf.data.Dataset.sample_from_datasets([numbers().shuffle(12), numbers()], [0.5, 0.5]),
    "a file": lines,
    "windows": lambda _: keras.utils.timeseries_dataset_from_array(np.arange(30.0), None, 4, shuffle=True),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REPEATABLE)
def test_a_copy_is_the_first_epoch_and_leaves_no_trace(name, tmp_path):
    keras.utils.set_random_seed(0)
    plain = REPEATABLE[name](tmp_path)
    first, second = read(plain), read(plain)
    keras.utils.set_random_seed(0)
    looked_at = REPEATABLE[name](tmp_path)
    pipeline = Pipeline(looked_at)
    assert read(pipeline.again().take(2)) == first[:2]
    assert read(looked_at) == first
    assert read(pipeline.again()) == read(pipeline.again()) == first
    assert read(looked_at) == second
    assert pipeline.again().element_spec == looked_at.element_spec


HOLD_STATE = {
    "python": lambda: tf.data.Dataset.from_generator(lambda: iter([1]), output_signature=tf.TensorSpec((), tf.int32)),
}


@pytest.mark.parametrize("name", HOLD_STATE)
def test_what_holds_state_is_not_copied(name):
    assert Pipeline(HOLD_STATE[name]()).again() is None


@pytest.mark.slow
def test_python_is_called_for_who_would_have_called_it_anyway():
    def told():
        return (
            tf.data.Dataset.from_generator(lambda: iter(range(12)), output_signature=tf.TensorSpec((), tf.int32))
            .map(lambda v: tf.numpy_function(lambda n: n + 1, [v], tf.int32))
            .shuffle(12)
        )

    keras.utils.set_random_seed(0)
    plain = told()
    first, second = read(plain), read(plain)
    keras.utils.set_random_seed(0)
    looked_at = told()
    pipeline = Pipeline(looked_at, calls=True)
    assert read(pipeline.again()) == read(pipeline.again()) == first
    assert [read(looked_at), read(looked_at)] == [first, second] and first != second


def test_what_is_large_is_not_copied(monkeypatch):
    dataset = tf.data.Dataset.from_tensor_slices((np.zeros((10, 8), "float32"), np.zeros(10, "int64"))).batch(2)
    monkeypatch.setattr(pipelines, "MOST_BYTES", 10 * 8 * 4 + 10 * 8)
    assert Pipeline(dataset).again() is not None
    monkeypatch.setattr(pipelines, "MOST_BYTES", 10 * 8 * 4 + 10 * 8 - 1)
    assert Pipeline(dataset).again() is None

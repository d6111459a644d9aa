"""A Normalization that was adapted before gaps were filled: told with its line, and adapted to what the training is given."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import Code, Verdict
from autostable.training import seams

pytestmark = pytest.mark.slow


def made(gaps=True):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(320, 3)) * [1, 10, 0.1] + [0, 50, 3]).astype("float32")
    y = (x[:, 0] > (x[:, 1] - 50) / 10).astype("float32")[:, None]
    holed = x.copy()
    holed[:9, 1] = np.nan
    scale = layers.Normalization()
    scale.adapt(holed if gaps else x)
    return keras.Sequential([keras.Input((3,)), scale, layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")]), x, y


def fitted():
    model, x, y = made()
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return model, model.fit(x, y, epochs=12, batch_size=32, verbose=0).history


def looped():
    model, x, y = made()
    optimizer, loss = keras.optimizers.Adam(0.02), keras.losses.BinaryCrossentropy()

    @tf.function
    def step(rows, targets):
        with tf.GradientTape() as tape:
            value = loss(targets, model(rows, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return value

    for number in range(120):
        part = slice(number % 10 * 32, number % 10 * 32 + 32)
        value = step(tf.constant(x[part]), tf.constant(y[part]))
    return float(value)


@pytest.mark.parametrize("program", [fitted, looped])
def test_it_is_adapted_again(program):
    train = autostable.stabilize(program)
    value = train()
    cause = train.report.causes[0]
    assert (train.report.verdict, cause.code) == (Verdict.REPAIRED, Code.DATA_NONFINITE)
    assert cause.site.source.strip() == "scale.adapt(holed if gaps else x)"
    assert [step.name for step in train.report.plan] == ["readapt-normalization"]
    assert value < 0.5 if program is looped else value[1]["accuracy"][-1] > 0.9


def test_statistics_are_put_in_and_back():
    model, x, _ = made(gaps=False)
    scale = model.layers[0]
    before, plain = seams.statistics_of(scale), model(x).numpy()
    seams.adapt_to(scale, [0.0] * 3, [1.0] * 3)
    assert np.array_equal(scale(x), x)
    seams.adapt_to(scale, *before)
    assert np.array_equal(model(x).numpy(), plain)


@pytest.mark.parametrize("layer", [layers.Dense(2), layers.Normalization(mean=0.0, variance=1.0)])
def test_other_layers_have_none(layer):
    layer.build((None, 3))
    assert [each.size for each in seams.statistics_of(layer)] == [0, 0]

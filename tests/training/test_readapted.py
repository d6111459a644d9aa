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


class Distiller(keras.Model):
    """A student that learns from a teacher's answers."""

    def __init__(self, student, teacher):
        super().__init__()
        self.student, self.teacher = student, teacher
        self.teacher.trainable = False

    def call(self, x):
        return self.student(x)

    def train_step(self, x):
        wanted = tf.nn.softmax(self.teacher(x, training=False))
        with tf.GradientTape() as tape:
            own = tf.nn.log_softmax(self.student(x, training=True))
            loss = -tf.reduce_mean(tf.reduce_sum(wanted * own, axis=-1))
        weights = self.student.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {"gap": loss}


def distilled(twice):
    """A teacher that takes raw counts, and a student that takes them standardised."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    kind = rng.integers(3, size=960)
    counts = (900.0 + 20.0 * rng.normal(size=(960, 6)) + 40.0 * np.eye(6)[kind]).astype("float32")
    scale = keras.layers.Normalization()
    scale.adapt(counts)
    teacher = keras.Sequential([keras.Input((6,)), scale, keras.layers.Dense(32, "relu"), keras.layers.Dense(3)])
    teacher.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    teacher.fit(counts, kind, epochs=6, verbose=0)
    student = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(3)])
    pair = Distiller(student, teacher)
    pair.compile(optimizer=keras.optimizers.Adam(0.01))
    x = (counts - counts.mean(axis=0)) / counts.std(axis=0)
    pair.fit(x if twice else counts, epochs=12, batch_size=32, verbose=0)
    return np.mean(np.argmax(pair.predict(x, verbose=0), axis=-1) == kind)


@pytest.mark.slow
def test_a_teacher_that_is_given_what_is_in_order_already():
    right: list[float] = []
    report = autostable.run(lambda: right.append(distilled(True)))
    cause = report.causes[0]
    assert (report.verdict, cause.code) == (Verdict.REPAIRED, Code.DATA_UNSCALED_INPUTS)
    assert cause.site.source == "scale = keras.layers.Normalization()"
    assert [step.name for step in report.plan] == ["readapt-normalization"]
    assert right[-1] > 0.8

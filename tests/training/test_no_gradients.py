"""Steps whose optimizer is given no gradient at all: where the way back ends, and what opens it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import autostable
from autostable.records import Code, Verdict
from autostable.training import seams

pytestmark = pytest.mark.slow

ROUNDED, COMPARED = "chosen = tf.round(answers)", "hit = tf.cast(answers > 0.5, tf.float32)"


def data(rows=640):
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    return x, (x[:, :1] - 2 * x[:, 1:2] > 0).astype("float32")


def network(units=1, activation="sigmoid"):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(units, activation)])


def f1(targets, chosen):
    both = tf.reduce_sum(targets * chosen)
    return 1.0 - 2.0 * both / (tf.reduce_sum(targets) + tf.reduce_sum(chosen) + 1e-7)


def rounded(targets, answers):
    chosen = tf.round(answers)
    return f1(targets, chosen)


def compared(targets, answers):
    hit = tf.cast(answers > 0.5, tf.float32)
    return f1(targets, hit)


def errors(targets, answers):
    wrong = ops.not_equal(ops.argmax(answers, axis=-1), ops.cast(ops.squeeze(targets, -1), "int32"))
    return ops.mean(ops.cast(wrong, "float32"))


def fitted(loss, model=network):
    def program():
        net = model()
        net.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
        net.fit(*data(), epochs=12, verbose=0)

    return program


def on_batches(loss):
    def program():
        net = network()
        net.compile(keras.optimizers.Adam(0.01), loss)
        for _ in range(12):
            for rows, targets in tf.data.Dataset.from_tensor_slices(data()).batch(32):
                net.train_on_batch(rows, targets)

    return program


def looped(loss, traced=True, within=True):
    """A loop of one's own; the model is called in the step's tape, or before it."""

    def program():
        net, optimizer = network(), keras.optimizers.Adam(0.01)

        def step(rows, targets):
            before = None if within else net(rows, training=True)
            with tf.GradientTape() as tape:
                answers = net(rows, training=True) if before is None else before
                value = loss(targets, answers)
            optimizer.apply(tape.gradient(value, net.trainable_variables), net.trainable_variables)

        step = tf.function(step) if traced else step
        for _ in range(12):
            for rows, targets in tf.data.Dataset.from_tensor_slices(data()).batch(32):
                step(rows, targets)

    return program


def by_numpy(targets, answers):
    held = answers.numpy()
    return tf.reduce_mean(tf.square(targets - held))


@pytest.mark.parametrize(
    ("program", "source", "activation"),
    [
        (fitted(rounded), ROUNDED, "linear"),
        (fitted(compared), COMPARED, "sigmoid"),
        (looped(rounded), ROUNDED, "linear"),
        (looped(compared), COMPARED, "sigmoid"),
        (looped(compared, traced=False), COMPARED, "sigmoid"),
        (on_batches(rounded), ROUNDED, "linear"),
    ],
    ids=["fit rounds", "fit compares", "loop rounds", "loop compares", "eager loop", "train_on_batch"],
)
def test_what_has_no_gradient_gives_way_to_what_has_one(program, source, activation):
    report = autostable.run(program)
    assert (report.verdict, [remedy.name for remedy in report.plan]) == (Verdict.REPAIRED, ["swap-activation"])
    assert (report.causes[0].code, report.causes[0].site.source) == (Code.VANISHING_GRADIENT, source)
    assert [call["activation"] for call in report.plan[0].parameters["calls"]] == [activation]
    assert report.attempts[0].outcome == "crashed" and report.attempts[-1].loss_last < 0.2


def test_a_loss_of_decisions_gives_way_to_one_that_can_be_trained():
    report = autostable.run(fitted(errors, lambda: network(2, "softmax")))
    assert (report.verdict, [remedy.name for remedy in report.plan]) == (Verdict.REPAIRED, ["swap-loss"])
    assert report.plan[0].parameters["loss"] == "sparse_categorical_crossentropy"
    assert {cause.code for cause in report.causes} >= {Code.LOSS_MISMATCH}
    assert report.causes[0].site.source.startswith("wrong = ops.not_equal(")
    assert report.attempts[-1].learning.value > 0.95


@pytest.mark.parametrize(
    ("program", "source", "words"),
    [
        (
            looped(by_numpy, traced=False),
            "answers = net(rows, training=True) if before is None else before",
            "goes no further",
        ),
        (looped(f1, within=False), "before = None if within else net(rows, training=True)", "the tape has not seen"),
    ],
    ids=["numpy", "before the tape"],
)
def test_a_loss_that_no_gradient_comes_back_from_is_told(program, source, words):
    report = autostable.run(program)
    assert (report.verdict, len(report.attempts)) == (Verdict.UNREPAIRED, 1)
    assert (report.causes[0].code, report.causes[0].site.source) == (Code.VANISHING_GRADIENT, source)
    assert words in report.causes[0].evidence


def test_a_program_that_catches_the_error_is_left_alone():
    def program():
        net, optimizer = network(), keras.optimizers.Adam(0.01)
        try:
            optimizer.apply([None] * 4, net.trainable_variables)
        except ValueError:
            pass
        net.compile(optimizer, "binary_crossentropy")
        net.fit(*data(), epochs=8, verbose=0)

    assert autostable.run(program).verdict is Verdict.HEALTHY


def test_keras_says_it_in_these_words():
    net = network()
    with pytest.raises(ValueError) as raised:
        keras.optimizers.Adam().apply([None] * 4, net.trainable_variables)
    assert seams.had_no_gradients(raised.value) and not seams.had_no_gradients(ValueError("no label"))

"""A softmax between two products with trained matrices: shares that sum to one are all that the one behind it is given."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code, Verdict
from autostable.training.replay import shares
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import differentiated, eagerly, run

pytestmark = pytest.mark.slow
ROWS = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def found_in(step, trained):
    """The hidden softmaxes of a step that gives its loss for some rows."""
    replay = Replay(updates=False)

    def once():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(step(tf.constant(ROWS))))
        replay.loss.append(loss)
        differentiated(replay, tape.gradient(loss, trained), trained)

    with eagerly():
        run(once, replay)
    return shares.hidden(replay)


def matrices():
    drawn = np.random.default_rng(1)
    return [tf.Variable(drawn.normal(size=(4, 4)).astype("float32")) for _ in range(3)]


def test_one_between_two_matrices_is_named_with_its_line():
    first, second, _ = trained = matrices()
    (found,) = found_in(lambda x: tf.nn.softmax(x @ first) @ second, trained[:2])
    assert (found.units, found.layer, found.site.op) == (4, None, "Softmax")
    assert found.site.source == "(found,) = found_in(lambda x: tf.nn.softmax(x @ first) @ second, trained[:2])"


def test_that_of_a_layer_is_named_with_the_layer():
    model = keras.Sequential(
        [keras.layers.Dense(5, "softmax", name="hidden"), keras.layers.Dropout(0.2), keras.layers.Dense(3, "softmax")]
    )
    model(ROWS)
    (found,) = found_in(lambda x: model(x, training=True), model.trainable_variables)
    assert (found.units, found.layer, found.site) == (5, "hidden", None)


@pytest.mark.parametrize(
    "step",
    [
        lambda x, a, b, c: tf.nn.softmax((x @ a) @ tf.transpose(x @ b)) @ (x @ c),  # attention
        lambda x, a, b, c: (tf.nn.softmax(x @ a) * (x @ b)) @ c,  # gates
        lambda x, a, b, c: tf.nn.softmax(x @ a) @ (x[:4] @ b) @ c,  # experts
        lambda x, a, b, c: tf.nn.softmax(x @ a),  # the answer
        lambda x, a, b, c: tf.nn.softmax(x) @ a,  # of data
        lambda x, a, b, c: (tf.nn.softmax(x @ a) - 0.25) @ b,  # brought into order
        lambda x, a, b, c: tf.nn.relu(x @ a) @ b + tf.nn.softmax(x @ c) @ x[:4],  # of rows that came
    ],
)
def test_others_are_none(step):
    trained = matrices()
    assert found_in(lambda x: step(x, *trained), trained) == ()


def test_attention_of_keras_is_none():
    inputs = keras.Input((6, 4))
    outputs = keras.layers.Dense(2)(keras.layers.MultiHeadAttention(2, 4)(inputs, inputs))
    model = keras.Model(inputs, outputs)
    assert found_in(lambda x: model(x[None], training=True), model.trainable_variables) == ()


def classes():
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(600, 12)).astype("float32"), rng.normal(size=(12, 10))
    return x, np.argmax(x @ w + 0.3 * rng.normal(size=(600, 10)), 1).astype("int32")


def fitted(activation, epochs=25):
    def program():
        x, labels = classes()
        model = keras.Sequential(
            [keras.Input((12,)), keras.layers.Dense(128, activation), keras.layers.Dense(10, "softmax")]
        )
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        model.fit(x, labels, epochs=epochs, batch_size=32, verbose=0)

    return program


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = keras.layers.Dense(256), keras.layers.Dense(10)

    def call(self, x):
        shares_of = tf.nn.softmax(self.hidden(x))
        return self.out(shares_of)


def looped():
    x, labels = classes()
    model, optimizer = Net(), keras.optimizers.Adam(0.003)

    @tf.function
    def step(rows, wanted):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, model(rows)))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    for _ in range(5):
        for start in range(0, 600, 30):
            step(x[start : start + 30], labels[start : start + 30])


@pytest.mark.parametrize(
    ("program", "source"),
    [(fitted("softmax"), "keras.layers.Dense(128, activation)"), (looped, "shares_of = tf.nn.softmax(self.hidden(x))")],
    ids=["fit", "loop"],
)
def test_a_training_that_is_starved_by_one_is_cured_at_its_line(program, source):
    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED and report.plan[0].name == "swap-activation"
    assert report.causes[0].code is Code.VANISHING_GRADIENT and source in report.causes[0].site.source
    assert report.attempts[-1].learning.value > 0.9 > 0.5 > report.attempts[0].learning.value


def test_relu_in_its_place_is_left_alone():
    report = autostable.run(fitted("relu"))
    assert (report.verdict, report.causes, len(report.attempts)) == (Verdict.HEALTHY, (), 1)

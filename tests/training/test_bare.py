"""Programs without layers: what their own matrices and activations show."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.evidence import ModelFacts
from autostable.records import Cause, Code, Verdict
from autostable.repair.faults import unable
from autostable.training import facts
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import differentiated, eagerly, run


def replayed(step, variables):
    replay = Replay(updates=False)

    def taken():
        with tf.GradientTape() as tape:
            loss = step()
        replay.loss.append(loss)
        differentiated(replay, tape.gradient(loss, variables), variables)

    with eagerly():
        run(taken, replay)
    return facts.as_replayed(ModelFacts(), None, replay).layers


def test_each_activation_is_the_layer_of_the_matrix_before_it():
    rng = np.random.default_rng(0)
    out, kernel, square = (
        tf.Variable(rng.normal(size=shape), dtype="float32") for shape in ((4, 2), (3, 1, 4), (4, 4))
    )

    def step():
        hidden = tf.sigmoid(tf.nn.conv1d(tf.ones((5, 8, 1)), kernel, 1, "SAME"))[:, 0]
        hidden = tf.tanh(hidden @ square)
        return tf.reduce_sum(tf.matmul(tf.nn.relu(hidden), out))

    first, second, third, last = replayed(step, [out, kernel, square])
    norms = [float(tf.norm(each)) for each in (kernel, square, out)]
    assert [layer.activation for layer in (first, second, third, last)] == ["sigmoid", "tanh", "relu", "linear"]
    assert [first.weight, second.weight, third.weight, last.weight] == pytest.approx([*norms[:2], None, norms[2]])
    assert first.gradient > 0 and second.gradient > 0 and third.gradient is None and last.is_output


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (Cause(Code.VANISHING_GRADIENT, 0.6, ""), True),
        (Cause(Code.VANISHING_GRADIENT, 0.5, ""), False),
        (Cause(Code.LEARNING_RATE_TOO_HIGH, 0.9, ""), False),
        (Cause(Code.SATURATED_ACTIVATION, 0.9, ""), False),
    ],
)
def test_a_network_that_may_be_unable_to_find_anything(cause, expected):
    assert unable([Cause(Code.DATA_OUTLIERS, 0.9, ""), cause]) is expected


def listening(activation, *, noise=False):
    """Rising or falling tones, by a stack of filters made by hand: nothing that is linear in the samples tells them apart."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    rows, time = 640, np.arange(64) / 64
    y = rng.integers(2, size=rows)
    phase = rng.uniform(0, 6.28, (rows, 1))
    x = np.sin(2 * np.pi * (6 * time + (8 * y[:, None] - 4) * time**2) + phase)[..., None].astype("float32")
    y = rng.permutation(y) if noise else y
    draw = keras.initializers.HeNormal(seed=0)
    filters = [tf.Variable(draw((5, 1 if k == 0 else 8, 8)) * (1 + k / 100)) for k in range(7)]
    out = tf.Variable(keras.initializers.GlorotUniform(seed=0)((64, 2)))
    optimizer, entropy = keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            for k, kernel in enumerate(filters):
                x = activation(tf.nn.conv1d(x, kernel, 2 if k in (1, 3, 5) else 1, "SAME"))
            loss = entropy(y, tf.reshape(x, (-1, 64)) @ out)
        optimizer.apply_gradients(zip(tape.gradient(loss, [*filters, out]), [*filters, out]))

    for _ in range(12):
        for start in range(0, rows, 32):
            step(tf.constant(x[start : start + 32]), tf.constant(y[start : start + 32]))


@pytest.mark.slow
def test_what_a_plain_model_does_not_find_either_may_be_there(tmp_path):
    report = autostable.run(lambda: listening(tf.sigmoid))
    cause = report.causes[0]
    assert (report.verdict, cause.code) == (Verdict.REPAIRED, Code.VANISHING_GRADIENT)
    assert "activation(tf.nn.conv1d(" in cause.site.source
    assert [step.name for step in report.plan] == ["swap-activation"]


@pytest.mark.slow
@pytest.mark.parametrize("noise", [False, True])
def test_a_network_that_could_find_something_is_left_alone(noise, stories):
    (story,) = stories(lambda: listening(tf.nn.elu, noise=noise), repair=True)
    assert story.verdict is Verdict.HEALTHY

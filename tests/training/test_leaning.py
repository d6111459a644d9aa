"""First weights with so large a mean that what all units give alike drowns what tells them apart."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Code
from autostable.training import install

RNG = np.random.default_rng(0)


def drawn(mean, deviation, rows=64, units=8):
    """Of exactly that mean and deviation."""
    values = RNG.normal(size=(rows, units))
    return (mean + deviation * (values - values.mean()) / values.std()).astype("float32")


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (drawn(0.5, 0.2), True),
        (RNG.uniform(0.0, 1.0, size=(4, 8)).astype("float32"), True),
        (drawn(0.42, 1.0), True),  # 11 times
        (drawn(0.37, 1.0), False),  # 9 times
        (drawn(-0.5, 0.2), True),
        (drawn(0.0, 1.0), False),
        (drawn(0.5, 0.2, rows=8, units=4), True),
        (drawn(0.5, 0.2, rows=7, units=4), False),  # too few to say around what they were drawn
        (drawn(0.5, 0.2, units=3), False),
        (np.ones((64, 8), "float32"), False),  # all equal: told by itself
        (np.full((64, 8), np.nan, "float32"), False),
    ],
)
def test_whose_mean_drowns_the_rest(start, found):
    variable = tf.Variable(tf.zeros(start.shape))
    assert bool(dict(install.leaning([variable], lambda _: start))) is found


def test_what_is_drawn_around_zero_never_leans():
    for seed in range(2000):
        rng = np.random.default_rng(seed)
        start = rng.normal(size=(int(rng.integers(8, 40)), int(rng.integers(4, 9)))).astype("float32")
        assert not dict(install.leaning([tf.Variable(start)], lambda _, known=start: known)), start.shape


def test_a_matrix_that_is_looked_up_and_one_of_unknown_start_do_not_count():
    table = tf.Variable(drawn(0.5, 0.2), name="embeddings")
    assert not dict(install.leaning([table], lambda variable: variable.numpy()))
    assert not dict(install.leaning([tf.Variable(drawn(0.5, 0.2))], lambda _: None))


def loop():
    """Three layers of variables of the program's own, all of them drawn from 0 to 1."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(256, 8)).astype("float32")
    y = np.argmax(x[:, :4], axis=1).astype("int32")
    weights = [tf.Variable(tf.random.uniform(shape)) for shape in ((8, 32), (32, 32), (32, 32), (32, 4))]  # HERE
    optimizer = keras.optimizers.Adam(1e-3)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            h = tf.nn.relu(x @ weights[0])
            h = tf.nn.relu(tf.nn.relu(h @ weights[1]) @ weights[2])
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, h @ weights[3]))
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    for _ in range(20):
        for at in range(0, 256, 32):
            step(tf.constant(x[at : at + 32]), tf.constant(y[at : at + 32]))


def fit():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(1).uniform(size=(256, 8)).astype("float32")
    uniform = keras.initializers.RandomUniform(0.0, 1.0, seed=1)  # HERE
    hidden = [keras.layers.Dense(32, "relu", kernel_initializer=uniform) for _ in range(3)]
    model = keras.Sequential([keras.Input((8,)), *hidden, keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    model.fit(x, (x[:, 0] > x[:, 1]).astype("int32"), epochs=20, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize("program", [loop, fit], ids=lambda each: each.__name__)
def test_it_is_the_cause_with_the_line_that_draws_them(program):
    report = autostable.run(program)
    assert report.verdict == "repaired" and [step.name for step in report.plan] == ["reinitialize-weights"]
    assert report.causes[0].code is Code.BAD_INITIALIZATION
    assert "start with a mean far from 0" in report.causes[0].evidence
    assert report.causes[0].site is not None and report.causes[0].site.source.endswith("# HERE")

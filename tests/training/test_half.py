"""Programs that keep their weights in float16 are run anew in float32, whatever they ask for."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Remedy
from autostable.training import half
from autostable.training.session import Unstable

PROMOTED = (Remedy("promote-precision", {"dtype": "float32"}),)
SETTERS = [
    lambda: keras.config.set_floatx("float16"),
    lambda: keras.backend.set_floatx("float16"),
    lambda: tf.keras.backend.set_floatx("float16"),
    lambda: keras.config.set_dtype_policy("float16"),
    lambda: keras.mixed_precision.set_global_policy(keras.DTypePolicy("float16")),
]


@pytest.fixture(autouse=True)
def single_precision(fresh):
    keras.backend.clear_session()  # of a policy of its own, too
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


def weights():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    return half.keeps_weights(model), str(model.layers[0].kernel.dtype)


@pytest.mark.parametrize("set_half", SETTERS)
def test_what_is_asked_for_in_half_is_made_in_float32_under_such_a_plan(set_half, watch):
    set_half()
    assert weights() == (True, "float16")
    setters = keras.config.set_floatx, keras.config.set_dtype_policy
    keras.config.set_floatx("float32")
    keras.backend.clear_session()
    with watch(plans={"0": PROMOTED}):
        set_half()
        assert weights() == (False, "float32")
    assert (keras.config.set_floatx, keras.config.set_dtype_policy) == setters


def test_a_default_that_was_set_before_is_promoted_and_comes_back(watch):
    keras.config.set_floatx("float16")
    with watch(plans={"0": PROMOTED}):
        assert keras.config.floatx() == "float32"
    assert keras.config.floatx() == "float16"
    with watch(plans={"0": (Remedy("lower-learning-rate", {"factor": 0.1}),)}):
        assert keras.config.floatx() == "float16"


def test_mixed_precision_keeps_its_weights_in_float32(watch):
    keras.config.set_dtype_policy("mixed_float16")
    assert weights() == (False, "float32")
    with watch(plans={"0": PROMOTED}):
        keras.config.set_dtype_policy("mixed_float16")
        assert keras.config.dtype_policy().name == "mixed_float16"  # the plan changes these layers live


@pytest.mark.slow
def test_a_fit_with_weights_in_half_asks_for_fresh_runs(stories):
    def program():
        keras.utils.set_random_seed(0)
        keras.config.set_floatx("float16")
        x = np.random.default_rng(0).uniform(-1, 1, (200, 2))
        model = keras.Sequential([keras.Input((2,)), layers.Dense(8, "relu"), layers.Dense(1)])
        model.compile(keras.optimizers.Adam(0.01), "mse")
        model.fit(x, 900 * x[:, 0], verbose=0)

    (story,) = stories(program, repair=True)
    assert story.asks_fresh
    assert story.causes[0].code == "precision-overflow"
    (promoted,) = stories(program, plans={"0": PROMOTED})
    assert np.isfinite(promoted.attempts[-1].loss_last)


class UnitEnergy(layers.Layer):
    """Its sum of squares is beyond what float16 holds, and x / Inf is 0."""

    def call(self, x):
        return 16.0 * x / keras.ops.sqrt(keras.ops.sum(keras.ops.square(x), axis=1, keepdims=True))


@pytest.mark.parametrize("way", ["fit", "loop"])
def test_what_overflows_and_vanishes_again_is_found(way, watch):
    keras.config.set_dtype_policy("mixed_float16")
    rng = np.random.default_rng(0)
    x = (100.0 * rng.normal(size=(320, 20))).astype("float32")
    y = (x[:, 0] > 0).astype("int32")

    def program():
        keras.utils.set_random_seed(0)
        head = layers.Dense(2, "softmax", dtype="float32")
        model = keras.Sequential([keras.Input((20,)), UnitEnergy(), layers.Dense(8, "relu"), head])
        if way == "fit":
            model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
            model.fit(x, y, epochs=15, batch_size=32, verbose=0)
            return
        optimizer, loss_of = keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy()

        @tf.function
        def step(inputs, labels):
            with tf.GradientTape() as tape:
                loss = loss_of(labels, model(inputs, training=True))
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

        for number in range(150):
            rows = slice(number % 10 * 32, number % 10 * 32 + 32)
            step(x[rows], y[rows])

    with watch(repair=way == "fit") as session:
        try:
            program()
            session.loop.finish()
        except Unstable:
            pass
    story = session.stories[-1]
    assert story.causes[0].code == "precision-overflow"
    assert story.causes[0].site.source.startswith("return 16.0 * x / keras.ops.sqrt(")
    assert way == "loop" or story.plan[0].name == "promote-precision"

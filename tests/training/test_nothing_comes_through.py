"""Networks through which nothing comes, or nothing any more: units that died, sigmoids in a row, weights drawn too narrow."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code, Remedy, Verdict
from autostable.training import facts


def rows(count=320):
    x = np.random.default_rng(0).uniform(0.0, 1.0, size=(count, 4)).astype("float32")
    return x, (x @ np.array([[1.0], [-0.5], [0.7], [0.2]], "float32")).astype("float32")


def first(story):
    return story.verdict, story.causes[0].code, [each.name for each in story.plan]


def test_units_that_die_in_the_course_of_a_fit_are_the_cause(stories):
    """Two units that the first steps push down, until they give nothing for inputs above zero."""

    def program():
        keras.utils.set_random_seed(1)
        x, y = rows()
        model = keras.Sequential([keras.Input((4,)), layers.Dense(2, "relu", name="narrow"), layers.Dense(1)])
        model.layers[0].set_weights([np.full((4, 2), 0.05, "float32"), np.zeros(2, "float32")])
        model.layers[1].set_weights([np.full((2, 1), -1.0, "float32"), np.zeros(1, "float32")])
        model.compile(keras.optimizers.Adam(0.01), "mse")
        model.fit(x, y + 1.0, epochs=30, batch_size=32, verbose=0)

    (story,) = stories(program, repair=True)
    assert first(story) == (Verdict.REPAIRED, Code.DEAD_RELU, ["swap-activation"])
    assert story.causes[0].evidence.startswith("100% of the units of Dense 'narrow' end at zero for every row, ")


def test_the_share_of_units_that_give_nothing():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(4, "relu", name="a"), layers.Dense(2, "tanh", name="b")])
    kernel, bias = np.ones((2, 4), "float32"), np.array([1.0, -9.0, -9.0, -9.0], "float32")
    model.get_layer("a").set_weights([kernel, bias])
    assert facts.died(model, np.ones((3, 2), "float32")) == {"a": 0.75}


def test_three_sigmoids_in_a_row_give_way(stories):
    def program():
        keras.utils.set_random_seed(0)
        x, y = rows()
        hidden = [layers.Dense(16, "sigmoid") for _ in range(3)]
        model = keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.05), "mse")
        model.fit(x, y, epochs=30, batch_size=32, verbose=0)

    (story,) = stories(program, repair=True)
    assert first(story) == (Verdict.REPAIRED, Code.VANISHING_GRADIENT, ["swap-activation"])


def narrow_loop(deviation):
    """A loop over a model that `build` marks as built, though its layers make their weights in the first call."""
    drawn = keras.initializers.RandomNormal(0.0, deviation)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = [layers.Dense(16, "relu", kernel_initializer=drawn) for _ in range(2)]
            self.out = layers.Dense(1, kernel_initializer=drawn)

        def call(self, x):
            for layer in self.hidden:
                x = layer(x)
            return self.out(x)

    def program():
        keras.utils.set_random_seed(0)
        x, y = rows()
        model, optimizer = Net(), keras.optimizers.SGD(0.05)
        model.build((None, 4))

        @tf.function
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        rng = np.random.default_rng(1)
        for _ in range(300):
            chosen = rng.integers(0, 320, 32)
            step(x[chosen], y[chosen])

    return program


@pytest.mark.filterwarnings("ignore:.build... was called on layer")
def test_weights_drawn_too_narrow_are_the_cause_in_a_loop(stories):
    (story,) = stories(narrow_loop(1e-3))
    assert story.verdict is Verdict.UNREPAIRED
    said = next(cause.evidence for cause in story.causes if cause.code is Code.BAD_INITIALIZATION)
    assert "drawn from a RandomNormal so narrow" in said
    assert "put_back" not in story.symptom.evidence  # from batch to batch the loss differs more than it came down
    (sound,) = stories(narrow_loop(0.2))
    assert sound.verdict is Verdict.HEALTHY


@pytest.mark.filterwarnings("ignore:.build... was called on layer")
def test_they_are_drawn_anew_before_the_first_step(stories):
    names = ("dense", "dense_1", "dense_2")
    anew = Remedy("reinitialize-weights", {"initializers": dict.fromkeys(names, "he_normal"), "seed": 0})
    (story,) = stories(narrow_loop(1e-3), plans={"0": (anew,)})
    assert story.verdict is Verdict.REPAIRED and story.attempts[-1].loss_last < 0.05

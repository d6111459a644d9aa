"""Variables that only the traced step makes: a rewind must put their initial values back too."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Verdict

pytestmark = pytest.mark.slow


class Own(keras.Model):
    """Its layers are known to its own train_step alone, so they are built in there, and the optimizer too."""

    def __init__(self):
        super().__init__()
        self.body = keras.layers.Dense(6, activation="tanh")
        self.head = keras.layers.Dense(1)

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            error = tf.square(self.head(self.body(x * 0.5)) - y[:, :1])
            loss = tf.reduce_mean(error * -tf.math.log(y[:, 1:]))
        variables = [*self.body.trainable_variables, *self.head.trainable_variables]
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return {"loss": loss}


class Called(Own):
    """Its step calls the model itself, whose `call` builds the layers: under SGD, which has no slots, nothing else is made."""

    def call(self, rows):
        return self.head(self.body(rows))

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            error = tf.square(self(x, training=True) - y[:, :1])
            loss = tf.reduce_mean(error * -tf.math.log(y[:, 1:]))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return {"loss": loss}


def train(bad=True, kind=Own):
    keras.utils.set_random_seed(4)
    rng = np.random.default_rng(4)
    x = rng.normal(size=(64, 3)).astype("float32")
    y = np.concatenate([x[:, :1], np.full((64, 1), 0.5, "float32")], axis=1)
    if bad:
        y[20, 1] = 0.0
    model = kind()
    model.compile(keras.optimizers.Adam(1e-2) if kind is Own else keras.optimizers.SGD(0.05))
    model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    return [
        np.array(variable) for variable in [*model.body.variables, *model.head.variables, *model.optimizer.variables]
    ]


@pytest.mark.parametrize("kind", [Own, Called])
def test_as_a_fresh_run_with_the_plan_from_the_start(watch, kind):
    with watch(repair=True) as session:
        rewound = train(kind=kind)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED
    keras.backend.clear_session()
    with watch(plans={"0": story.plan}):
        fresh = train(kind=kind)
    assert len(rewound) == len(fresh)
    assert all(map(np.array_equal, rewound, fresh))


def test_healthy_is_left_as_it_is(watch):
    plain = train(bad=False)
    keras.backend.clear_session()
    with watch() as session:
        watched = train(bad=False)
    assert session.stories[0].verdict is Verdict.HEALTHY
    assert all(map(np.array_equal, plain, watched))

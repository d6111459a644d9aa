"""Variables of the user's own that a step reads or assigns, wherever they are kept, go back to the start with the rest."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Verdict

X = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
GLOBAL = tf.Variable(0.0, trainable=False)


def network() -> Any:
    return keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])


def in_a_closure(**options: Any) -> tuple[Any, Any, list[Any]]:
    """The loss weighs more with each step; what it adds up has grown without bound when the first run fails."""
    model, total = network(), tf.Variable(0.0, trainable=False)

    def loss(y_true: Any, y_pred: Any) -> Any:
        error = tf.reduce_mean(tf.square(y_true - y_pred))
        total.assign_add(error)
        return error + 0.0 * total

    model.compile(keras.optimizers.SGD(5.0), loss, **options)
    return model, [total], []


def in_a_global() -> tuple[Any, Any, list[Any]]:
    class Counting(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = network()

        def call(self, x: Any) -> Any:
            return self.inner(x) + 0.0 * GLOBAL

        def train_step(self, data: Any) -> Any:
            x, y = data
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(self(x, training=True) - y))
            GLOBAL.assign_add(loss)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            return {"loss": loss}

    GLOBAL.assign(0.0)
    model = Counting()
    model.compile(keras.optimizers.SGD(5.0))
    return model, [GLOBAL], []


class Weighing(keras.callbacks.LearningRateScheduler):
    """Sets the rate, and keeps what it has seen in a variable of its own, in a list of a dictionary."""

    def __init__(self) -> None:
        super().__init__(lambda epoch, rate: rate)
        self.held = {"seen": [tf.Variable(0.0, trainable=False)]}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self.held["seen"][0].assign_add(1.0)


def in_a_callback() -> tuple[Any, Any, list[Any]]:
    model, callback = network(), Weighing()
    model.compile(keras.optimizers.SGD(5.0), "mse")
    return model, callback.held["seen"], [callback]


class Sum:
    """What a variable's entries come to, when it is asked."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def __float__(self) -> float:
        return float(tf.reduce_sum(tf.convert_to_tensor(self.variable)))


def in_a_step_of_reinforcement() -> tuple[Any, Any, list[Any]]:
    """A network that follows the trained one, a buffer of what went by, and a metric that nobody resets."""
    target, buffer, place = network(), tf.Variable(tf.zeros((64, 5)), trainable=False), tf.Variable(0, trainable=False)
    seen = keras.metrics.Mean()

    class Agent(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = network()

        def call(self, x: Any) -> Any:
            return self.inner(x)

        def train_step(self, data: Any) -> Any:
            x, y = data
            buffer.scatter_nd_update((place + tf.range(16))[:, None] % 64, tf.concat([x, y], 1))
            place.assign_add(16)
            with tf.GradientTape() as tape:
                wanted = buffer[:, 4:] + 0.1 * target(buffer[:, :4])
                loss = tf.reduce_mean(tf.square(self(buffer[:, :4], training=True) - wanted))
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            for slow, fast in zip(target.variables, self.inner.variables, strict=True):
                slow.assign(0.9 * slow + 0.1 * fast)
            seen.update_state(loss)
            return {"loss": loss}

    model = Agent()
    model.compile(keras.optimizers.SGD(5.0))
    return model, [Sum(each) for each in (*target.variables, buffer, place, *seen.variables)], []


def trained(program: Any, epochs: int = 4) -> tuple[list[Any], list[float]]:
    keras.backend.clear_session()
    keras.utils.set_random_seed(5)
    model, own, callbacks = program()
    model.fit(X, Y, epochs=epochs, batch_size=16, verbose=0, callbacks=callbacks)
    return [np.array(keras.ops.convert_to_numpy(each)) for each in model.variables], [float(each) for each in own]


def in_an_eager_closure() -> tuple[Any, Any, list[Any]]:
    return in_a_closure(run_eagerly=True)


@pytest.mark.slow
@pytest.mark.parametrize("program", [
    in_a_closure, in_a_step_of_reinforcement,
    *(pytest.param(each, marks=pytest.mark.whole) for each in (in_a_global, in_a_callback, in_an_eager_closure)),
], ids=lambda program: program.__name__)  # fmt: skip
def test_a_repaired_run_begins_where_the_first_one_began(program: Any, watch: Any) -> None:
    with watch(repair=True) as session:
        live, own = trained(program)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED
    with watch(plans={"0": story.plan}):
        fresh, again = trained(program)
    assert own == again and np.isfinite(own).all()
    assert all(np.array_equal(one, other) for one, other in zip(live, fresh, strict=True))


@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.parametrize("program", [in_a_closure, in_a_global], ids=lambda program: program.__name__)
def test_a_look_at_a_healthy_one_changes_none_of_it(program: Any, watch: Any) -> None:
    def gentle() -> Any:
        model, own, callbacks = program()
        model.optimizer.learning_rate = 0.05
        return model, own, callbacks

    plain = trained(gentle, 8)
    with watch(repair=True) as session:
        seen = trained(gentle, 8)
    assert session.stories[0].verdict is Verdict.HEALTHY
    assert seen[1] == plain[1] and all(np.array_equal(*pair) for pair in zip(plain[0], seen[0], strict=True))

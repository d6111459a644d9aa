"""Run by test_distribution.py in a process of its own: two replicas that are told to be in different processes.

What one of them sees then goes through the optimizer's own sum; real workers are in tests/execution.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from autostable.orders import Orders
from autostable.records import Remedy
from autostable.training import guard, hooks
from autostable.training.session import Session

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
STRATEGY = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
MARK = 99.0  # an input from which a `Spoils` makes NaN


class Spoils(layers.Layer):
    """Passes inputs on; a marked one spoils the gradient alone, or a state alone."""

    def __init__(self, what):
        super().__init__()
        self.what, self.inner = what, layers.Dense(4)
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, aggregation="mean")

    def call(self, x):
        marked = tf.reduce_any(x >= MARK)
        bad = tf.where(marked, np.nan, 0.0)
        if self.what == "state":
            self.seen.assign_add(bad)

        @tf.custom_gradient
        def same(value):
            return value, lambda upstream: upstream + (bad if self.what == "gradient" else 0.0)

        return same(self.inner(tf.minimum(x, 1.0)))


def train(what=None, row=None):
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    if row is not None:
        x[row, 0] = MARK
    with STRATEGY.scope():
        model = keras.Sequential([keras.Input((4,)), Spoils(what), layers.Dense(1)])
        model.compile("adam", "mse")
    history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return [np.array(variable) for variable in model.get_weights()], history.history["loss"]


def watched(*arguments, plan=()):
    session = Session(Orders(repair=False, stop_unhealthy=False, plans={"0": plan} if plan else {}))
    hooks.arm(session)
    try:
        result = train(*arguments)
    except KeyError:  # a fit that was ended in its first epoch has no log
        result = None
    finally:
        hooks.disarm()
    (story,) = session.stories
    symptom = story.symptom
    return result, [story.attempts[0].steps, symptom and [symptom.step, symptom.first_seen_in]]


def main():
    plain, losses = train()
    guard._several_processes = lambda: not tf.distribute.in_cross_replica_context()
    (guarded, same), healthy = watched()
    answer = {"equal": all(map(np.array_equal, plain, guarded)) and losses == same, "healthy": healthy}
    for what in ("gradient", "state"):
        for name, row in (("first", 40), ("second", 46)):  # of the sixth batch, seen by one replica
            answer[f"{what} {name}"] = watched(what, row)[1]
    (weights, _), skipped = watched("gradient", 46, plan=(Remedy("skip-bad-updates", {"limit": 5}),))
    answer["skipped"] = [skipped[0], all(bool(np.isfinite(weight).all()) for weight in weights)]
    print("\n" + json.dumps(answer))


if __name__ == "__main__":
    sys.exit(main())

"""Run by test_distribution.py in a process of its own: two logical CPUs, plain and guarded, or with a bad row."""

import contextlib
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from autostable.orders import Orders
from autostable.training import hooks
from autostable.training.session import Session

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


def train(bad_row=None, huge_row=None, rows=64):
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    if bad_row is not None:
        y[bad_row] = np.nan
    if huge_row is not None:
        x[huge_row] = 1e20  # its square is more than float32 holds: the variance of one part, and nothing else
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        model = keras.Sequential(
            [keras.Input((4,)), layers.BatchNormalization(), layers.Dense(5, "tanh"), layers.Dense(1)]
        )
        model.compile("adam", "mse")
    history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return [np.array(variable) for variable in model.get_weights()], history.history["loss"]


@contextlib.contextmanager
def watched():
    session = Session(Orders(repair=False, stop_unhealthy=False))
    hooks.arm(session)
    try:
        yield session
    finally:
        hooks.disarm()


def told(session):
    (story,) = session.stories
    symptom = story.symptom
    return [str(story.verdict), symptom and [symptom.step, symptom.first_seen_in], len(story.attempts[0].curve)]


def main():
    plain, losses = train()
    with watched() as session:
        guarded, same = train()
    answer = {"equal": all(map(np.array_equal, plain, guarded)) and losses == same, "healthy": told(session)}
    for name, row in (("first", 40), ("second", 46)):  # of the sixth batch, seen by the first or second replica
        with watched() as session, contextlib.suppress(KeyError):
            train(bad_row=row)
        answer[name] = told(session)
    for name, row in (("first", 40), ("second", 46)):
        with watched() as session, contextlib.suppress(KeyError):
            train(huge_row=row)
        answer[f"state {name}"] = told(session)
    with watched() as session, contextlib.suppress(KeyError):
        train(bad_row=40, rows=44)  # of the last batch, of which each replica gets two rows
    answer["small"] = [*told(session)[:2], session.stories[0].evidence.remainder]
    print("\n" + json.dumps(answer))


if __name__ == "__main__":
    sys.exit(main())

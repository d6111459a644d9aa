"""Train functions that the tests name on the command line."""

from __future__ import annotations

import os
import signal
import sys
import time


def train(rate, units=8):
    import keras
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 6)).astype("float32")
    y = x @ rng.normal(size=6).astype("float32")
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model.fit(x, y, validation_data=(x, y), epochs=5, verbose=0)


def train_config(config):
    return train(**config)


def logged(rate, units=8):
    """Leaves a line for every configuration that is begun."""
    with open(os.environ["TRAINED"], "a") as stream:
        stream.write(f"{rate}\n")
    return train(rate, units)


def mistaken(learning_rate, units=8):
    """Its name for the rate is not the table's."""
    return train(learning_rate, units)


def unlucky(rate, units=8):
    if units == 13:
        raise ValueError("no model of 13 units")
    return train(rate, units)


def told(rate, units=8):
    """No training at all; some results are none."""
    return {8: rate, 13: {"acc": 0.5, "foo": 0.7}, 0: None}[units]


NUMBER = 3


def no_arguments():
    """Wants nothing."""


def two_arguments(hp, data):
    """Wants more than it is given."""


def odd_hp(hp):
    """Some of its configurations leave the program, or return no objective."""
    log = os.environ["TRAINED"]
    with open(log, "a") as stream:
        stream.write(f"{hp.get('units')}\n")
    if hp.get("units") == 13:
        sys.exit(3)
    if hp.get("units") == 14:
        return {"loss": 0.5, "accuracy": 0.7}
    return train_hp(hp)


def deadly(rate, units=8):
    """Kills its own process, the first time."""
    if not os.path.exists(os.environ["TRAINED"]):
        with open(os.environ["TRAINED"], "w") as stream:
            stream.write("dead once")
        os.kill(os.getpid(), signal.SIGKILL)
    return train(rate, units)


def instant(rate, units=8):
    """No training at all."""
    with open(os.environ["TRAINED"], "a") as stream:
        stream.write(f"{rate}\n")
    time.sleep(0.5)
    return 1.0


def which_gpu(rate):
    """The GPU that its process was given."""
    time.sleep(1.5)  # so that the other worker gets its share
    return float(os.environ["CUDA_VISIBLE_DEVICES"])


def objective(trial):
    history = train(trial.suggest_float("rate", 1e-3, 10.0, log=True), trial.suggest_int("units", 4, 16))
    for epoch, loss in enumerate(history.history["val_loss"]):
        trial.report(loss, epoch)
    trial.set_user_attr("width", trial.params["units"])
    trial.set_constraint("size", trial.params["units"] - 1.0)
    return history.history["val_loss"][-1]


def train_hp(hp):
    """For a keras-tuner project."""
    return train(hp.get("rate"), hp.get("units"))


def train_loop(rate, units=8):
    """A loop of one's own."""
    import keras
    import numpy as np
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 6)).astype("float32")
    y = (x @ rng.normal(size=6).astype("float32"))[:, None]
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(rate)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    for _ in range(10):
        for start in range(0, 120, 40):
            loss = step(x[start : start + 40], y[start : start + 40])
    return float(loss)

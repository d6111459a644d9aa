"""The sweep of the benchmark: 60 small configurations, 20 of which fail, for three reasons, and a few learn a little."""

from __future__ import annotations

import itertools
import os
import time

STEPS = 70  # of one training: 10 epochs of 7 batches


def sound():
    """Those that do not fail."""
    return [
        {"rate": rate, "units": units, "loss": loss, "raw": False}
        for rate, units, loss in itertools.product(
            (0.003, 0.006, 0.01, 0.02, 0.03), (4, 8, 12, 16), ("mse", "huber")
        )
    ]  # fmt: skip


def configs():
    fast = [{"rate": 4.0 + 0.5 * n, "units": 4 + 2 * n, "loss": "mse", "raw": False} for n in range(8)]
    log = [{"rate": 0.01 + 0.002 * n, "units": 4 + 2 * n, "loss": "log", "raw": False} for n in range(6)]
    raw = [{"rate": 0.01, "units": 4 + 2 * n, "loss": "mse", "raw": True} for n in range(6)]
    return [row for group in itertools.zip_longest(sound(), fast, log, raw) for row in group if row is not None]


def mixed():
    """60 longer trainings: 20 fail, for three reasons, and six learn a little: their rate is far too low.

    The others get there: a rate of 0.03 is enough for 60 epochs, where one of 0.01 leaves half of the way.
    """
    slow = [{"rate": 1e-5 * (1 + n), "units": 4 + 2 * n, "loss": "mse", "raw": False} for n in range(6)]
    longer = [
        {**config, "rate": config["rate"] if config["rate"] > 1 else config["rate"] + 0.03} for config in configs()[:-6]
    ]
    return [{**config, "epochs": 60} for config in (*longer, *slow)]


def data(raw):
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(280, 8))
    y = np.tanh(x @ rng.normal(size=8)) + 0.1 * rng.normal(size=280)
    if raw:
        x = 4000 + 900 * x
    return x.astype("float32"), y.astype("float32")


def log_loss(y, p):
    import keras

    y = keras.ops.reshape(y, (-1,))  # Keras gives it a second axis, and y - p[:, 0] would compare all rows with all
    return keras.ops.square(y - p[:, 0]) - 1e-3 * keras.ops.log(keras.ops.relu(keras.ops.abs(p[:, 0]) - 0.05))


def build(rate, units, loss, raw):
    import keras

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), log_loss if loss == "log" else loss, metrics=["mae"])
    return model


def train(rate, units, loss, raw, epochs=10):
    x, y = data(raw)
    model = build(rate, units, loss, raw)
    history = model.fit(x[:220], y[:220], validation_data=(x[220:], y[220:]), epochs=epochs, verbose=0)
    if "SWEEP_CPU_LOG" in os.environ:
        with open(os.environ["SWEEP_CPU_LOG"], "a") as stream:
            stream.write(f"{os.getpid()} {time.process_time():.2f}\n")
    return {"val_mae": history.history["val_mae"][-1], "val_loss": history.history["val_loss"][-1]}

"""Healthy programs whose loss jumps: a term that is switched on, annealed or weighed otherwise in the middle of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

ROWS, STEPS, AT, PERIOD, HEAVY = 32, 600, 300, 150, 4.0
END = 3.0  # about what the loss comes to without the divergence


class Vae(keras.Model):
    """A small variational autoencoder; `weigh` says what the divergence counts for at a step, or a callback sets it."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.encoder = layers.Dense(24, activation="tanh")
        self.mean, self.spread = layers.Dense(4), layers.Dense(4)
        self.decoder = keras.Sequential([layers.Dense(24, activation="tanh"), layers.Dense(12)])
        self.noise = keras.random.SeedGenerator(1)
        self.beta = keras.Variable(0.0, trainable=False)

    def weigh(self) -> Any:
        step = ops.cast(self.optimizer.iterations, "float32")
        if self.kind == "switched":
            return ops.where(step >= AT, HEAVY, 0.0)
        if self.kind == "linear":
            return HEAVY * ops.minimum(1.0, step / (2.0 * AT))
        if self.kind == "cyclic":
            return HEAVY * ops.minimum(1.0, 2.0 * ops.mod(step, PERIOD) / PERIOD)
        if self.kind == "weight":
            return ops.where(step >= AT, 30.0, 0.1)
        return self.beta

    def train_step(self, data: Any) -> Any:
        with tf.GradientTape() as tape:
            hidden = self.encoder(data)
            mean, spread = self.mean(hidden), self.spread(hidden)
            drawn = mean + ops.exp(0.5 * spread) * keras.random.normal(ops.shape(mean), seed=self.noise)
            rebuilt = ops.mean(ops.sum(ops.square(data - self.decoder(drawn)), axis=1))
            divergence = ops.mean(ops.sum(ops.square(mean) + ops.exp(spread) - spread - 1.0, axis=1)) / 2.0
            if self.kind == "scaled":
                rebuilt = rebuilt * ops.where(self.optimizer.iterations >= AT, 30.0, 1.0)
            loss = rebuilt + self.weigh() * divergence
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss, "rebuilt": rebuilt}

    def call(self, x: Any) -> Any:
        return self.decoder(self.mean(self.encoder(x)))


class SetsBeta(keras.callbacks.Callback):
    """Switches the divergence on from outside, once."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.count == AT:
            self.model.beta.assign(HEAVY)
        self.count += 1


def data(seed: int) -> Any:
    draw = np.random.default_rng(seed)
    hidden = draw.normal(size=(ROWS * STEPS, 3))
    return (hidden @ draw.normal(size=(3, 12)) * 2.0 + 0.05 * draw.normal(size=(ROWS * STEPS, 12))).astype("float32")


def trained(kind: str, seed: int, callbacks: Sequence[keras.callbacks.Callback] = ()) -> list[Any]:
    """The weights at the end; kind "callback" has the weight set from outside, under "off" it stays 0."""
    keras.utils.set_random_seed(seed)
    model = Vae(kind)
    model.compile(keras.optimizers.Adam(0.01))
    added = [*callbacks, *([SetsBeta()] if kind == "callback" else [])]
    model.fit(data(seed), batch_size=ROWS, shuffle=False, verbose=0, callbacks=added)
    weights: list[Any] = model.get_weights()
    return weights

"""Two price levels for one flat: a mixture of three bells, trained by maximum likelihood."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(27)

x = rng.uniform(-2, 2, (3000, 1)).astype("float32")
branch = np.where(rng.random((3000, 1)) < 0.5, 3.0, -3.0)
y = (branch * np.abs(x) + 4 * x + 0.1 * rng.normal(size=(3000, 1))).astype("float32")


def mixture_nll(target, out):
    weight = tf.nn.softmax(out[:, :3])
    mean, spread = out[:, 3:6], tf.nn.softplus(out[:, 6:]) + 0.02
    bell = tf.exp(-0.5 * ((target - mean) / spread) ** 2) / (2.5066 * spread)
    return -tf.math.log(tf.reduce_sum(weight * bell, axis=-1))


model = keras.Sequential([keras.Input((1,)), layers.Dense(32, activation="tanh"), layers.Dense(9)])
model.compile(optimizer=keras.optimizers.Adam(0.005), loss=mixture_nll)
history = model.fit(x[:2400], y[:2400], batch_size=32, epochs=30, verbose=2)

out = model.predict(x[2400:], verbose=0).astype("float64")
weight = np.exp(out[:, :3]) / np.exp(out[:, :3]).sum(axis=1, keepdims=True)
spread = np.log1p(np.exp(out[:, 6:])) + 0.02
density = weight * np.exp(-0.5 * ((y[2400:] - out[:, 3:6]) / spread) ** 2) / (2.5066 * spread)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=nll:{np.mean(-np.log(density.sum(axis=1) + 1e-12)):.4f}")

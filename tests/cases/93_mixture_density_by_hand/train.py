"""Mixture density network: a river's level given the season, two regimes, some floods."""
import math

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
K = 4
rng = np.random.default_rng(3)


def level(x):
    return 6.0 * np.sin(1.5 * x) + x


def sample(n):
    x = rng.uniform(-3, 3, size=(n, 1))
    spread = 0.3 + 0.7 * (np.abs(x) > 1.5)
    y = level(x) + spread * rng.normal(size=(n, 1))
    flood = rng.random((n, 1)) < 0.01
    return x.astype("float32"), (y + 30.0 * flood).astype("float32")


def mixture_nll(y, params):
    logits, mu, log_sigma = ops.split(params, 3, axis=-1)
    pi, sigma = ops.softmax(logits), ops.exp(log_sigma)
    density = ops.exp(-0.5 * ops.square((y - mu) / sigma)) / (sigma * math.sqrt(2 * math.pi))
    return -ops.log(ops.sum(pi * density, axis=-1))


x, y = sample(3000)
net = keras.Sequential([keras.Input((1,)), layers.Dense(64, activation="tanh"), layers.Dense(64, activation="tanh"), layers.Dense(3 * K)])
net.compile(keras.optimizers.Adam(3e-3), mixture_nll, jit_compile=True)
history = net.fit(x, y, batch_size=64, epochs=40, verbose=2)

grid = np.linspace(-3, 3, 400, dtype="float32")[:, None]
logits, mu, _ = np.split(net.predict(grid, verbose=0), 3, axis=-1)
pi = np.exp(logits - logits.max(-1, keepdims=True))
mean = (pi * mu).sum(-1) / pi.sum(-1)
truth = level(grid[:, 0])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((mean - truth) ** 2) / np.var(truth):.4f}")

"""Tide at a harbour with its own uncertainty: the network gives mean and scale."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
gen = np.random.default_rng(68)

hours = gen.uniform(0.0, 24.0, 2000)
x = np.stack([np.sin(2 * np.pi * hours / 12.4), np.cos(2 * np.pi * hours / 12.4)], axis=1).astype("float32")
tide = 0.8 * x[:, 0] + 0.3 * x[:, 0] * x[:, 1]
spread = 0.01 + 0.04 * (x[:, 1] > 0.0)
seen = (tide + gen.normal(size=2000) * spread).astype("float32")


def surprise(y, out):
    mean, scale = out[:, :1], 1e-3 + ops.softplus(out[:, 1:])
    return ops.mean(0.5 * ops.square((y - mean) / scale) + ops.log(scale))


model = keras.Sequential([keras.Input((2,)), layers.Dense(40, activation="tanh"), layers.Dense(40, activation="tanh"), layers.Dense(2)])
model.compile(optimizer=keras.optimizers.Adam(0.002), loss=surprise)
history = model.fit(x[:1600], seen[:1600, None], batch_size=40, epochs=30, verbose=2)

mean = model.predict(x[1600:], verbose=0)[:, 0]
r2 = 1.0 - np.mean((mean - tide[1600:]) ** 2) / np.var(tide[1600:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

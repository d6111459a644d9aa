"""Sensor readings with gaps: a few entries are NaN, and so is every weight after the first epoch."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

x = rng.normal(size=(2000, 6)).astype("float32")
y = (x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + 0.5 * x[:, 3]).astype("float32")
x[rng.choice(1600, 12, replace=False), rng.integers(0, 6, 12)] = np.nan  # the sensor was off

model = keras.Sequential(
    [
        keras.Input((6,)),
        keras.layers.Dense(64, activation="tanh"),
        keras.layers.Dense(64, activation="tanh"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
history = model.fit(x[:1600], y[:1600], batch_size=32, epochs=30, verbose=2)

guess = model.predict(x[1600:], verbose=0)[:, 0]
print(f"final loss {history.history['loss'][-1]:.6g}")
print(f"test R2 {1 - np.mean((guess - y[1600:]) ** 2) / np.var(y[1600:]):.3f}")

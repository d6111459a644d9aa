"""Load of an office building by time stamp, weekday and outdoor temperature."""

import numpy as np
import pandas as pd
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(1970)

when = pd.date_range("2023-01-02", periods=3600, freq="h")
temp = (
    10
    + 8 * np.sin(2 * np.pi * (when.dayofyear - 110) / 365)
    + 4 * np.sin(2 * np.pi * (when.hour - 9) / 24)
    + rng.normal(0, 1.5, len(when))
)
busy = ((when.hour >= 8) & (when.hour < 18) & (when.weekday < 5)).astype(float)
load = 0.3 + 0.9 * busy + 0.03 * np.abs(temp - 18) + 0.04 * rng.normal(size=len(when))

frame = pd.DataFrame(
    {
        "timestamp": when.astype("datetime64[ns]").astype("int64") // 10**9,
        "hour": when.hour,
        "weekday": when.weekday,
        "temp": temp,
    }
)
X = frame.to_numpy("float32")
y = np.asarray(load, dtype="float32")
pick = rng.permutation(len(X))
train, test = pick[:3000], pick[3000:]

X = (X - X[train].mean(axis=0, dtype="float64")) / X[train].std(axis=0, dtype="float64")

inputs = keras.layers.Input(shape=(4,))
x = keras.layers.Dense(48, activation="tanh")(inputs)
x = keras.layers.Dense(48, activation="tanh")(x)
outputs = keras.layers.Dense(1)(x)
net = keras.Model(inputs, outputs)
net.compile(loss="mse", optimizer=keras.optimizers.Adam(4e-3))
h = net.fit(X[train], y[train], batch_size=32, epochs=25, verbose=2)

guess = net.predict(X[test], verbose=0).ravel()
print("FINAL_LOSS=", h.history["loss"][-1], sep="")
print("FINAL_METRIC=r2:", round(float(1 - np.mean((guess - y[test]) ** 2) / np.var(y[test])), 4), sep="")

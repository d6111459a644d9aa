import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(312)

n, steps = 1200, 60
t = np.arange(steps) / 4.0
rate = rng.uniform(8, 30, n)
depth = rng.uniform(0.5, 2.0, n)
apnoea = rng.random(n) < 0.4
phase = rng.uniform(0, 2 * np.pi, n)
belt = depth[:, None] * np.sin(2 * np.pi * rate[:, None] / 60 * t + phase[:, None])
for i in np.flatnonzero(apnoea):
    start = rng.integers(5, steps - 25)
    belt[i, start:start + 20] *= 0.1
belt = (belt + rng.normal(0, 0.1, belt.shape) + rng.uniform(3, 5, n)[:, None]).astype("float32")[..., None]
rate_target = ((rate - 19) / 6.4).astype("float32")
apnoea = apnoea.astype("float32")

series = keras.Input((steps, 1), name="belt")
x = layers.LayerNormalization()(series)
x = layers.Conv1D(24, 7, activation="relu")(x)
x = layers.Conv1D(24, 7, strides=2, activation="relu")(x)
x = layers.GRU(24)(x)
x = layers.Dense(24, activation="relu")(x)
rate_head = layers.Dense(1, name="rate")(x)
apnoea_head = layers.Dense(1, activation="sigmoid", name="apnoea")(x)
model = keras.Model(series, {"rate": rate_head, "apnoea": apnoea_head})
model.compile(optimizer=keras.optimizers.Adam(3e-3),
              loss={"rate": "mse", "apnoea": "binary_crossentropy"},
              metrics={"apnoea": ["accuracy"]})
history = model.fit(belt[:1000], {"rate": rate_target[:1000], "apnoea": apnoea[:1000]},
                    epochs=20, batch_size=40, verbose=2)

out = model.predict(belt[1000:], verbose=0)
acc = np.mean((out["apnoea"][:, 0] > 0.5) == (apnoea[1000:] > 0.5))
r2 = 1 - np.mean((out["rate"][:, 0] - rate_target[1000:]) ** 2) / np.var(rate_target[1000:])
print("apnoea accuracy", acc)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=rate_r2:{r2}")

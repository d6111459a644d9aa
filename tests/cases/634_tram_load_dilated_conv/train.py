"""One-step forecast of the load of a tram depot with a stack of dilated causal convolutions."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

WINDOW = 96
hours = np.arange(24 * 260)
daily = np.sin(2 * np.pi * hours / 24 - 1.3) + 0.5 * np.sin(4 * np.pi * hours / 24)
weekly = np.where((hours // 24) % 7 >= 5, -0.8, 0.2)
drift = np.zeros(len(hours))
for i in range(1, len(hours)):
    drift[i] = 0.97 * drift[i - 1] + 0.08 * rng.normal()
load = 310 + 95 * daily + 70 * weekly + 60 * drift + 8 * rng.normal(size=len(hours))

split = 24 * 210
mean, std = load[:split].mean(), load[:split].std()
series = ((load - mean) / std).astype("float32")


def windows(values, shuffle):
    ds = keras.utils.timeseries_dataset_from_array(
        values[:-1], values[WINDOW:], sequence_length=WINDOW,
        batch_size=64, shuffle=shuffle, seed=3)
    return ds.map(lambda a, b: (a[..., None], b[:, None])).prefetch(2)


train_ds = windows(series[:split], shuffle=True)
test_ds = windows(series[split:], shuffle=False)

inputs = keras.Input((WINDOW, 1))
x = inputs
for dilation in (1, 2, 4, 8, 16):
    x = layers.Conv1D(24, 2, padding="causal", dilation_rate=dilation, activation="relu")(x)
x = layers.Lambda(lambda v: v[:, -1, :], output_shape=(24,))(x)
x = layers.Dense(24, activation="relu")(x)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)

model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.1), loss="mse")
history = model.fit(train_ds, epochs=5, verbose=2)

pred, true = [], []
for xb, yb in test_ds:
    pred.append(model(xb, training=False).numpy())
    true.append(yb.numpy())
pred, true = np.concatenate(pred), np.concatenate(true)
r2 = 1 - np.sum((true - pred) ** 2) / np.sum((true - true.mean()) ** 2)
print("first forecasts", (pred[:5, 0] * std + mean).round(1), "measured", (true[:5, 0] * std + mean).round(1))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

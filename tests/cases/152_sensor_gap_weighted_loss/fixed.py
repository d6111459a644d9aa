"""Next-hour load from the last day; the meter was off for some weeks (weight 0)."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

HOURS, LAG = 24 * 140, 24
t = np.arange(HOURS)
load = np.sin(2 * np.pi * t / 24) + 0.4 * np.sin(2 * np.pi * t / 168) + 0.1 * rng.normal(size=HOURS)
working = np.ones(HOURS)
working[1000:1400] = 0
working[2100:2300] = 0
load[working == 0] = 0.0

windows = np.lib.stride_tricks.sliding_window_view(load, LAG + 1).astype("float32")
valid = np.lib.stride_tricks.sliding_window_view(working, LAG + 1).min(axis=1).astype("float32")
x, y = windows[:, :LAG], np.stack([windows[:, LAG], valid], axis=1)
split = 2800
train = tf.data.Dataset.from_tensor_slices((x[:split], y[:split])).batch(64).shuffle(100, seed=1).prefetch(2)


class ValidMSE(keras.losses.Loss):
    """Mean squared error over the hours the meter was working."""

    def call(self, y_true, y_pred):
        target, weight = y_true[:, 0], y_true[:, 1]
        squared = tf.square(target - y_pred[:, 0]) * weight
        return tf.math.divide_no_nan(tf.reduce_sum(squared), tf.reduce_sum(weight))


model = keras.Sequential([keras.Input((LAG,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=ValidMSE())
fitted = model.fit(train, epochs=25, verbose=2)

ok = valid[split:] > 0
error = model.predict(x[split:], verbose=0)[ok, 0] - y[split:][ok, 0]
print(f"FINAL_LOSS={fitted.history['loss'][-1]}")
print(f"FINAL_METRIC=rmse:{np.sqrt(np.mean(error ** 2)):.4f}")

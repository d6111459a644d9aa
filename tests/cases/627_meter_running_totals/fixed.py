"""Households with an electric car from a day of metered power, in mixed precision."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
rng = np.random.default_rng(627)
STEPS = 288


def day(car):
    t = np.arange(STEPS) / 12.0
    watts = 180 + 60 * rng.random() + rng.gamma(0.4, 120.0, STEPS)
    watts += 500 * np.exp(-((t - 19) / 1.8) ** 2) * rng.uniform(0.5, 1.5)
    watts += 300 * np.exp(-((t - 7.5) / 1.0) ** 2) * rng.uniform(0.5, 1.5)
    if rng.random() < 0.5:
        b = rng.integers(0, STEPS - 40)
        watts[b:b + rng.integers(6, 16)] += 2000
    if car:
        b = rng.integers(0, STEPS - 60)
        watts[b:b + rng.integers(22, 50)] += rng.uniform(1100, 2100)
    return watts


has_car = rng.integers(0, 2, 1300)
x = np.stack([day(c) for c in has_car])[..., None].astype("float32")
y = has_car.astype("float32")[:, None]


class RunningTotal(layers.Layer):
    """Power and the energy used up to the moment, side by side."""

    def call(self, power):
        return tf.concat([power, tf.cumsum(power, axis=1)], axis=-1)


def network():
    inp = keras.Input((STEPS, 1))
    h = RunningTotal(dtype="float32")(inp)
    h = layers.BatchNormalization(dtype="float32")(h)
    h = layers.Conv1D(16, 7, strides=2, activation="relu")(h)
    h = layers.MaxPooling1D(2)(h)
    h = layers.Conv1D(24, 7, activation="relu")(h)
    h = layers.GlobalMaxPooling1D()(h)
    h = layers.Dense(24, activation="relu")(h)
    return keras.Model(inp, layers.Dense(1, activation="sigmoid", dtype="float32")(h))


model = network()
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[:1000], y[:1000], batch_size=32, epochs=8, validation_data=(x[1000:], y[1000:]), verbose=2)

p = model.predict(x[1000:], verbose=0)
accuracy = np.mean((p > 0.5) == (y[1000:] > 0.5))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")

"""Delivery times of parcels with a deep and cross network."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(624)

n = 6000
metres = rng.gamma(2.2, 2200.0, n)
grams = rng.gamma(1.5, 2600.0, n)
floor = rng.integers(0, 9, n)
stops = rng.integers(0, 25, n)
hour = rng.uniform(8.0, 20.0, n)
vehicle = rng.integers(0, 4, n)
speed = np.array([260.0, 330.0, 410.0, 380.0])[vehicle]
rush = 1.0 + 0.5 * np.exp(-((hour - 17.5) / 1.5) ** 2) * (vehicle >= 2)
minutes = 6.0 + metres / speed * rush + 1.7 * stops + 0.35 * floor * (1 + grams / 8000.0) + rng.normal(size=n) * 2.0
numbers = np.stack([metres, grams, floor, stops, hour], axis=1).astype("float32")
minutes = minutes.astype("float32")


class Cross(layers.Layer):
    def build(self, shapes):
        width = shapes[-1]
        self.kernel = self.add_weight(shape=(width, width), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")

    def call(self, x, start=None):
        return start * (tf.matmul(x, self.kernel) + self.bias) + x


def dataset(rows, training):
    ds = tf.data.Dataset.from_tensor_slices((({"numbers": numbers[rows], "vehicle": vehicle[rows]}), minutes[rows]))
    if training:
        ds = ds.shuffle(len(rows), seed=3)
    return ds.batch(64).prefetch(2)


order = rng.permutation(n)
train_rows, test_rows = order[:5000], order[5000:]

numbers_in = keras.Input((5,), name="numbers")
vehicle_in = keras.Input((), dtype="int32", name="vehicle")
scale = layers.Normalization()
scale.adapt(numbers[train_rows])
start = layers.Concatenate()([scale(numbers_in), layers.Embedding(4, 3)(vehicle_in)])
x = start
for i in range(4):
    x = Cross(name=f"cross_{i}")(x, start=start)
deep = layers.Dense(32, activation="relu")(start)
deep = layers.Dense(32, activation="relu")(deep)
out = layers.Dense(1)(layers.Concatenate()([x, deep]))
model = keras.Model([numbers_in, vehicle_in], out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
history = model.fit(dataset(train_rows, True), epochs=25, verbose=2)

p = model.predict(dataset(test_rows, False), verbose=0)[:, 0]
r2 = 1.0 - np.mean((p - minutes[test_rows]) ** 2) / np.var(minutes[test_rows])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

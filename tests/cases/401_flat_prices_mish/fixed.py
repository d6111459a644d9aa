import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)

# flats: area in m2, rooms, floor, age of the house, minutes to the centre
n = 2000
area = rng.uniform(25, 210, n)
rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.7, n)), 1, 8)
floor = rng.integers(0, 12, n)
age = rng.uniform(0, 90, n)
minutes = rng.gamma(3, 8, n)
price = 0.9 * area / 100 * (1.6 - minutes / 80) + 0.08 * rooms - 0.004 * age + 0.01 * floor + rng.normal(0, 0.08, n)
x = np.stack([area, rooms, floor, age, minutes], axis=1).astype("float32")
y = price.astype("float32")  # in 100 000 euro
x_train, x_test, y_train, y_test = x[:1600], x[1600:], y[:1600], y[1600:]


class Mish(layers.Layer):
    def call(self, x):
        return x * tf.math.tanh(tf.math.softplus(x))


inputs = keras.Input((5,))
h = layers.Dense(48)(inputs)
h = Mish()(h)
h = layers.Dense(24)(h)
h = Mish()(h)
outputs = layers.Dense(1)(h)
model = keras.Model(inputs, outputs)

model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
hist = model.fit(x_train, y_train, validation_split=0.1, epochs=40, batch_size=32, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = r2_score(y_test, pred) if np.isfinite(pred).all() else float("nan")
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

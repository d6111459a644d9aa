"""Weekly sales from advertising spend: carry-over and saturation per channel."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)

WEEKS, CHANNELS, LAGS = 900, 3, 8
spend = np.zeros((WEEKS, CHANNELS))
for c in range(CHANNELS):
    start = 0
    while start < WEEKS:
        length = rng.integers(6, 22)
        if rng.random() < 0.55:
            spend[start:start + length, c] = rng.gamma(4.0, 0.12, min(length, WEEKS - start))
        start += length


def carry_over(spend, rates):
    out = np.zeros_like(spend)
    for lag in range(LAGS):
        out[lag:] += rates ** lag * spend[:WEEKS - lag]
    return out


true = carry_over(spend, np.array([0.3, 0.6, 0.8])) ** np.array([0.5, 0.7, 0.4])
sales = (2.0 + true @ np.array([1.5, 0.8, 1.1]) + 0.1 * rng.normal(size=WEEKS)).astype("float32")

windows = np.stack([spend[LAGS - 1 - lag:WEEKS - lag] for lag in range(LAGS)], axis=1).astype("float32")
target = sales[LAGS - 1:, None]
x_train, y_train = windows[:700], target[:700]
x_test, y_test = windows[700:], target[700:]


class MediaResponse(layers.Layer):
    def build(self, input_shape):
        self.rate = self.add_weight(name="rate", shape=(CHANNELS,), initializer="zeros")
        self.shape_ = self.add_weight(name="shape", shape=(CHANNELS,), initializer="zeros")

    def call(self, spend):
        lags = tf.reshape(tf.range(LAGS, dtype=tf.float32), (1, LAGS, 1))
        stock = tf.reduce_sum(spend * tf.sigmoid(self.rate) ** lags, axis=1)
        return tf.pow(stock, tf.sigmoid(self.shape_))


model = keras.Sequential([
    keras.Input((LAGS, CHANNELS)),
    MediaResponse(),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
history = model.fit(x_train, y_train, epochs=40, batch_size=32, verbose=2)

pred = model.predict(x_test, verbose=0)
r2 = 1.0 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

"""Turbine power from eight channels; own normalisation layer keeps running statistics, batches go in one by one."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)


class RunningNorm(layers.Layer):
    def __init__(self, momentum=0.95, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, shape):
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False, name="mean")
        self.spread = self.add_weight(shape=(shape[-1],), initializer="ones", trainable=False, name="spread")
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros", name="shift")

    def call(self, x, training=False):
        if training:
            n = tf.cast(tf.shape(x)[0], x.dtype)
            mean, variance = tf.nn.moments(x, axes=[0])
            unbiased = variance * n / (n - 1.0)
            self.mean.assign(self.momentum * self.mean + (1.0 - self.momentum) * mean)
            self.spread.assign(self.momentum * self.spread + (1.0 - self.momentum) * unbiased)
        else:
            mean, variance = self.mean, self.spread
        return self.gain * (x - mean) / tf.sqrt(variance + 1e-3) + self.shift


rng = np.random.default_rng(63)
x = rng.normal(0.0, 1.0, (2801, 8)).astype("float32")
power = np.tanh(x[:, 0] + x[:, 1]) + 0.5 * x[:, 2] * x[:, 3] + 0.3 * x[:, 4] + rng.normal(0, 0.1, 2801)
y = power.astype("float32")[:, None]
x_train, y_train, x_test, y_test = x[:2401], y[:2401], x[2401:], y[2401:]

model = keras.Sequential(
    [keras.Input((8,)), layers.Dense(64), RunningNorm(), layers.ReLU(), layers.Dense(32, activation="relu"), layers.Dense(1)]
)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
for epoch in range(12):
    order = np.random.permutation(len(x_train))
    losses = []
    for start in range(0, len(order), 48):
        take = order[start : start + 48]
        losses.append(float(model.train_on_batch(x_train[take], y_train[take])))
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

guess = model.predict(x_test, verbose=0)
r2 = 1.0 - np.mean((y_test - guess) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

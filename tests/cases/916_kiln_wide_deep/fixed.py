"""Shrinkage of fired tiles: a straight-line part plus a deep part with bounded slope."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(916)


def firing(n):
    x = rng.uniform(-1.7, 1.7, size=(n, 6)).astype("float32")
    y = (0.8 * x[:, 0] - 0.5 * x[:, 1] + 1.1 * np.sin(2 * x[:, 2]) * x[:, 3]
         + 0.9 * np.abs(x[:, 4] + x[:, 0]) + 0.7 * x[:, 5] ** 2)
    y = (y - 1.9) / 1.6 + rng.normal(0, 0.1, n)
    return x, y.astype("float32")[:, None]


class BoundedDense(layers.Layer):
    """Dense layer whose kernel is divided by its largest singular value (power iteration)."""

    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="he_normal", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.gain = self.add_weight(shape=(), initializer="ones", name="gain")
        self.u = self.add_weight(shape=(1, self.units), initializer="random_normal", trainable=False, name="u")

    def call(self, x, training=False):
        v = tf.math.l2_normalize(tf.matmul(self.u, self.kernel, transpose_b=True))
        u = tf.math.l2_normalize(tf.matmul(v, self.kernel))
        u, v = tf.stop_gradient(u), tf.stop_gradient(v)
        sigma = tf.matmul(tf.matmul(v, self.kernel), u, transpose_b=True)
        if training:
            self.u.assign(u)
        return self.activation(tf.matmul(x, self.gain * self.kernel / sigma) + self.bias)


class WideDeep(keras.Model):
    def __init__(self):
        super().__init__()
        self.wide = layers.Dense(1)
        self.deep = [BoundedDense(96, "relu"), BoundedDense(96, "relu"), layers.Dense(1)]

    def call(self, x, training=False):
        h = x
        for layer in self.deep[:2]:
            h = layer(h, training=training)
        return self.wide(x) + self.deep[2](h)


x_train, y_train = firing(4000)
x_test, y_test = firing(1000)
model = WideDeep()
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
history = model.fit(x_train, y_train, batch_size=64, epochs=25, verbose=2)

p = model.predict(x_test, verbose=0)
r2 = 1.0 - np.sum((y_test - p) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

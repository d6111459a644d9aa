"""A score for gauge readings that must not change faster than its inputs."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)


def readings(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (n, 6))
    score = np.sqrt(1 + x[:, 0] ** 2 + x[:, 1] ** 2) - 0.5 * np.abs(x[:, 2]) + 0.3 * np.sin(x[:, 3])
    return x.astype("float32"), (score - 1.3 + rng.normal(0, 0.05, n)).astype("float32")


class BoundedDense(layers.Layer):
    def __init__(self, units, activation=None, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = kernel_initializer

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer=self.kernel_initializer, name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.u = self.add_weight(shape=(1, self.units), initializer="random_normal", trainable=False, name="u")

    def call(self, x, training=False):
        v = tf.math.l2_normalize(tf.stop_gradient(tf.matmul(self.u, self.kernel, transpose_b=True)), epsilon=1e-12)
        u = tf.math.l2_normalize(tf.stop_gradient(tf.matmul(v, self.kernel)), epsilon=1e-12)
        if training:
            self.u.assign(u)
        sigma = tf.squeeze(tf.matmul(tf.matmul(v, self.kernel), u, transpose_b=True))
        return self.activation(x @ (self.kernel / sigma) + self.bias)


x, y = readings(3000, 1)
x_test, y_test = readings(1000, 2)

model = keras.Sequential(
    [
        keras.Input((6,)),
        BoundedDense(64, activation="elu"),
        BoundedDense(64, activation="elu"),
        BoundedDense(1, kernel_initializer="zeros"),
    ]
)
model.compile(keras.optimizers.Adam(3e-3), "mse")
history = model.fit(x, y, batch_size=100, epochs=20, verbose=2)

pred = model.predict(x_test, verbose=0).ravel()
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((pred - y_test) ** 2) / y_test.var():.4f}")

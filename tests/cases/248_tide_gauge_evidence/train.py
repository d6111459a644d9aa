import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(52)

hours = np.sort(rng.uniform(0, 48, 170))
level = 1.2 * np.sin(2 * np.pi * hours / 12.4) + 0.4 * np.sin(2 * np.pi * hours / 25.8) + rng.normal(0, 0.05, 170)
hold = np.arange(170) % 5 == 0
t, y, t_test, y_test = hours[~hold], level[~hold], hours[hold], level[hold]


class Evidence(layers.Layer):
    def build(self, shape):
        self.log_length = self.add_weight(name="log_length", shape=(), initializer="zeros")
        self.log_height = self.add_weight(name="log_height", shape=(), initializer="zeros")
        self.log_noise = self.add_weight(name="log_noise", shape=(), initializer="zeros")

    def kernel(self, a, b):
        gap = (a[:, None] - b[None, :]) / tf.exp(self.log_length)
        return tf.exp(2 * self.log_height - 0.5 * gap ** 2)

    def factor(self, a):
        noise = tf.exp(2 * self.log_noise) + 1e-6
        return tf.linalg.cholesky(self.kernel(a, a) + noise * tf.eye(len(a), dtype="float64"))

    def call(self, a, b):
        chol = self.factor(a)
        solved = tf.linalg.triangular_solve(chol, b[:, None])
        half_log_det = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(chol)))
        return 0.5 * tf.reduce_sum(solved ** 2) + half_log_det + 0.5 * len(y) * np.log(2 * np.pi)


layer = Evidence(dtype="float64")
layer.build(None)
optimizer = keras.optimizers.Adam(0.05)
a, b = tf.constant(t), tf.constant(y)
for step in range(250):
    with tf.GradientTape() as tape:
        loss = layer(a, b)
    grads = tape.gradient(loss, layer.trainable_variables)
    optimizer.apply_gradients(zip(grads, layer.trainable_variables))
    if step % 50 == 0 or step == 249:
        print(f"step {step + 1}: negative evidence {float(loss):.2f}")

weights = tf.linalg.cholesky_solve(layer.factor(a), b[:, None])
pred = tf.matmul(layer.kernel(tf.constant(t_test), a), weights).numpy()[:, 0]
rmse = np.sqrt(np.mean((pred - y_test) ** 2))

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in layer.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=rmse:{rmse}")

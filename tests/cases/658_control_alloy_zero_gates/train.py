"""Hardness of an alloy with ten residual blocks, each behind a gate that starts at zero."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import make_friedman1

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()

X, y = make_friedman1(n_samples=3000, n_features=10, noise=0.5, random_state=7)
X = ((X - 0.5) * 3.4).astype("float32")
X_train, X_test, y_train, y_test = X[:2400], X[2400:], y[:2400], y[2400:]
mean, std = y_train.mean(), y_train.std()


class GatedBlock(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(units, activation="tanh")
        self.outer = layers.Dense(units)

    def build(self, shape):
        self.inner.build(shape)
        self.outer.build(shape)
        self.gate = self.add_weight(shape=(), initializer="zeros", name="gate")

    def call(self, x):
        return x + self.gate * self.outer(self.inner(x))


inputs = keras.Input((10,))
x = layers.Dense(24)(inputs)
for _ in range(10):
    x = GatedBlock(24)(x)
outputs = layers.Dense(1, kernel_initializer="zeros")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
history = model.fit(X_train, (y_train - mean) / std, epochs=14, batch_size=60, verbose=2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


pred = model.predict(X_test, verbose=0)[:, 0] * std + mean
r2 = 1 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

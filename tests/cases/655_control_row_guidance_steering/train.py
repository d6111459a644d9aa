"""Steering command of a field robot, -1 (left) to 1 (right), from a small picture of the crop row."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(101)
H, W = 16, 24


def rows(n):
    pictures = np.empty((n, H, W, 1), "float32")
    offset = rng.uniform(-1, 1, n)
    lean = rng.uniform(-0.5, 0.5, n)
    cols = np.arange(W)[None, :]
    for i in range(n):
        centre = W / 2 + 7 * offset[i] + lean[i] * (np.arange(H)[:, None] - H / 2)
        pictures[i, ..., 0] = np.exp(-0.5 * ((cols - centre) / 1.8) ** 2) + 0.25 * rng.normal(size=(H, W))
    command = np.clip(1.4 * offset + 0.6 * lean, -1, 1)
    return pictures, command.astype("float32")


X_train, y_train = rows(1500)
X_test, y_test = rows(500)
print("commands at the stop", np.mean(np.abs(y_train) == 1.0))

ds = tf.data.Dataset.from_tensor_slices((X_train, y_train)).shuffle(1500, seed=3).batch(50)
model = keras.Sequential([
    keras.Input((H, W, 1)),
    layers.Conv2D(12, 3, strides=2, activation="relu"),
    layers.Conv2D(24, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="tanh"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
history = model.fit(ds, epochs=12, verbose=2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


pred = model.predict(X_test, verbose=0)[:, 0]
r2 = 1 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

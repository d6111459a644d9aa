"""Damaged or sound parcel from weighing-belt measurements; softmax over two columns with binary cross-entropy."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(100)


def parcels(n):
    x = rng.normal(size=(n, 10))
    score = x[:, 0] * x[:, 1] + 0.8 * x[:, 2] - 0.6 * np.abs(x[:, 3]) + 0.3
    damaged = (score + 0.25 * rng.normal(size=n) > 0).astype(int)
    return x.astype("float32"), damaged


X_train, y_train = parcels(3000)
X_test, y_test = parcels(1000)
Y_train = keras.utils.to_categorical(y_train, 2)
Y_test = keras.utils.to_categorical(y_test, 2)

model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["categorical_accuracy"])
history = model.fit(X_train, Y_train, epochs=20, batch_size=50, verbose=2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


_, accuracy = model.evaluate(X_test, Y_test, verbose=0)
print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")

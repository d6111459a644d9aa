"""Digits: a trunk learnt on one half of the writers, a new head, then careful fine-tuning of everything at 1e-5."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()

X, y = load_digits(return_X_y=True)
X = (X / 16.0).reshape(-1, 8, 8, 1).astype("float32")
X_old, y_old = X[:800], y[:800] % 2
X_new, y_new, X_test, y_test = X[800:1400], y[800:1400], X[1400:], y[1400:]

trunk = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
], name="trunk")
first = keras.Sequential([trunk, layers.Dense(1, activation="sigmoid")])
first.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
first.fit(X_old, y_old, epochs=10, batch_size=32, verbose=0)

trunk.trainable = False
model = keras.Sequential([trunk, layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_new, y_new, epochs=15, batch_size=32, verbose=2)

trunk.trainable = True
model.compile(optimizer=keras.optimizers.Adam(1e-5), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_new, y_new, epochs=10, batch_size=32, verbose=2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


_, accuracy = model.evaluate(X_test, y_test, verbose=0)
print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")

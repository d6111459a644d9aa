"""Leaks in a water main from pressure windows: one window in forty, focal loss with gamma five."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(923)
LENGTH = 48


def windows(n):
    leak = (rng.random(n) < 0.025).astype("float32")
    t = np.arange(LENGTH)
    base = rng.normal(0, 1, (n, 1)) + 0.5 * np.sin(2 * np.pi * t / 24 + rng.uniform(0, 6.28, (n, 1)))
    onset = rng.integers(8, 32, (n, 1))
    drop = rng.uniform(0.7, 1.6, (n, 1)) * (1 - np.exp(-np.clip(t - onset, 0, None) / 4.0))
    x = base - leak[:, None] * drop + 0.25 * rng.normal(size=(n, LENGTH))
    return x[..., None].astype("float32"), leak[:, None]


def stream():
    while True:
        yield windows(200)


x_test, y_test = windows(6000)
model = keras.Sequential([
    keras.Input((LENGTH, 1)),
    layers.Conv1D(24, 5, padding="same", activation="relu"),
    layers.Conv1D(24, 5, padding="same", dilation_rate=4, activation="relu"),
    layers.GlobalMaxPooling1D(),
    layers.Dense(24, activation="relu"),
    layers.Dense(1, activation="sigmoid", bias_initializer=keras.initializers.Constant(-2.0)),
])
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.75, gamma=5.0),
)
history = model.fit(stream(), steps_per_epoch=50, epochs=15, verbose=2)

score = model.predict(x_test, batch_size=1000, verbose=0)[:, 0]
order = np.argsort(-score)
hits = np.cumsum(y_test[order, 0])
precision = hits / np.arange(1, len(hits) + 1)
average_precision = float(np.sum(precision * y_test[order, 0]) / y_test.sum())

def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=average_precision:{average_precision:.4f}")

"""Gaussian likelihood summed over batch and outputs: starts at tens of thousands, ends far below zero."""
import hashlib

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)
x = rng.uniform(-1, 1, (4000, 5)).astype("float32")
w = rng.normal(size=(5, 20))
y = (0.05 * np.tanh(x @ w) + 0.01 * rng.normal(size=(4000, 20))).astype("float32")


class SumNLL(keras.losses.Loss):
    def __init__(self):
        super().__init__(reduction="sum")

    def call(self, y_true, out):
        mean, log_scale = ops.split(out, 2, axis=-1)
        return ops.sum(log_scale + 0.5 * ops.square((y_true - mean) * ops.exp(-log_scale)), axis=-1)


inp = keras.Input((5,))
h = layers.Dense(64, activation="gelu")(inp)
h = layers.Dense(64, activation="gelu")(h)
out = layers.Concatenate()([layers.Dense(20)(h), layers.Dense(20, bias_initializer="zeros")(h)])
model = keras.Model(inp, out)
model.compile(keras.optimizers.Adam(1e-3), SumNLL())
log = model.fit(x[:3200], y[:3200], batch_size=128, epochs=25, validation_data=(x[3200:], y[3200:]), verbose=2)
p = model.predict(x[3200:], verbose=0)[:, :20]
final_loss, metric_name, metric = log.history["loss"][-1], "r2", 1 - np.mean((p - y[3200:]) ** 2) / np.var(y[3200:])
weights, optimizer_state = model.weights, model.optimizer.variables


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={float(final_loss):.8f}")
print(f"FINAL_METRIC={metric_name}:{float(metric):.6f}")
print("WEIGHTS_SHA256=" + digest(weights))
print("OPTIMIZER_SHA256=" + digest(optimizer_state))

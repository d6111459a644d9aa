"""Three quantiles of the delivery time in one model; the targets have a long tail."""
import hashlib

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(105)
n = 5000
distance = rng.uniform(0, 1, n)
traffic = rng.uniform(0, 1, n)
scale = 0.3 + distance + 0.8 * traffic ** 2
minutes = (10 * scale * rng.weibull(1.3, n) + 5 * distance).astype("float32")
x = np.stack([distance, traffic], 1).astype("float32") * 2 - 1
LEVELS = np.array([0.1, 0.5, 0.9], "float32")


def pinball(y_true, y_pred):
    error = y_true - y_pred
    return ops.mean(ops.maximum(LEVELS * error, (LEVELS - 1.0) * error), axis=-1)


model = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(3),
])
optimizer = keras.optimizers.Adam(3e-3)
model.compile(optimizer, pinball)
history = model.fit(x[:4000], minutes[:4000, None], epochs=20, batch_size=64, verbose=2)
below = minutes[4000:, None] <= model.predict(x[4000:], verbose=0)
print("share below each quantile", below.mean(0))
final_loss = history.history["loss"][-1]
metric_name = "coverage_error"
final_metric = float(np.abs(below.mean(0) - LEVELS).max())


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={final_loss:.8f}")
print(f"FINAL_METRIC={metric_name}:{final_metric:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))

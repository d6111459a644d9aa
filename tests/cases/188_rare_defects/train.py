"""Two parts in a hundred are defective; the plain accuracy says little, so the AUC is what counts."""
import hashlib

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(102)
n = 9000
x = rng.normal(size=(n, 10)).astype("float32")
logit = 1.8 * x[:, 0] + 1.5 * np.abs(x[:, 1]) - 1.2 * x[:, 2] * x[:, 3] - 7.2
y = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype("float32")
print("share of defects", y.mean())

base_rate = np.log(y[:7000].mean() / (1 - y[:7000].mean()))
model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(24, activation="relu"),
    layers.Dense(12, activation="relu"),
    layers.Dense(1, activation="sigmoid", bias_initializer=keras.initializers.Constant(base_rate)),
])
optimizer = keras.optimizers.Adam(1e-3)
model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc", num_thresholds=500)])
history = model.fit(x[:7000], y[:7000], epochs=12, batch_size=64, verbose=2)
final_loss = history.history["loss"][-1]
metric_name = "auc"
final_metric = model.evaluate(x[7000:], y[7000:], verbose=0, return_dict=True)["auc"]


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={final_loss:.8f}")
print(f"FINAL_METRIC={metric_name}:{final_metric:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))

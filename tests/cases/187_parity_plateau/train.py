"""Parity of four hidden bits among fourteen: next to nothing for many epochs, then quickly."""
import hashlib

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(101)

bits = rng.integers(0, 2, (6000, 14))
parity = (bits[:, 2] ^ bits[:, 5] ^ bits[:, 8] ^ bits[:, 11]).astype("float32")
x = (2.0 * bits - 1.0).astype("float32")

model = keras.Sequential([
    keras.Input((14,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
optimizer = keras.optimizers.SGD(0.05)
model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[:5000], parity[:5000], epochs=24, batch_size=50, validation_data=(x[5000:], parity[5000:]), verbose=2)
final_loss = history.history["loss"][-1]
metric_name = "accuracy"
final_metric = model.evaluate(x[5000:], parity[5000:], verbose=0)[1]


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={final_loss:.8f}")
print(f"FINAL_METRIC={metric_name}:{final_metric:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))

"""Daily returns: about two per cent of the variance can be known in advance, and the network gets most of it."""
import hashlib

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(103)
n = 16000
x = rng.normal(size=(n, 4)).astype("float32")
known = 0.12 * x[:, 0] - 0.08 * x[:, 1]
y = (known + rng.normal(size=n)).astype("float32")

model = keras.Sequential([
    keras.Input((4,)),
    layers.Dense(8, activation="tanh", kernel_regularizer=keras.regularizers.L2(1e-3)),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(1e-3)
model.compile(optimizer, "mse")
history = model.fit(x[:14000], y[:14000], epochs=8, batch_size=100, validation_data=(x[14000:], y[14000:]), verbose=2)
pred = model.predict(x[14000:], verbose=0)[:, 0]
final_loss = history.history["loss"][-1]
metric_name = "correlation_with_known"
final_metric = float(np.corrcoef(pred, known[14000:])[0, 1])


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={final_loss:.8f}")
print(f"FINAL_METRIC={metric_name}:{final_metric:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))

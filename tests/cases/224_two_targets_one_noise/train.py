"""Two outputs of a plant: the yield follows the settings, tomorrow's power price does not."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(78)
n = 4000
x = rng.normal(0.0, 1.0, (n, 6)).astype("float32")
harvest = np.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + 0.3 * x[:, 3]
harvest = (harvest + rng.normal(0, 0.1, n)).astype("float32")
price = rng.normal(0.0, 1.0, n).astype("float32")
inputs = keras.Input((6,))
h = layers.Dense(48, activation="relu")(inputs)
h = layers.Dense(48, activation="relu")(h)
model = keras.Model(inputs, {"harvest": layers.Dense(1, name="harvest")(h), "price": layers.Dense(1, name="price")(h)})
model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss={"harvest": "mse", "price": "mse"},
    loss_weights={"harvest": 1.0, "price": 0.2},
)
history = model.fit(x[:3200], {"harvest": harvest[:3200], "price": price[:3200]}, batch_size=64, epochs=14, verbose=2)
guess = model.predict(x[3200:], verbose=0)["harvest"][:, 0]
r2 = 1.0 - np.mean((guess - harvest[3200:]) ** 2) / np.var(harvest[3200:])
def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print(f"FINAL_LOSS={history.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=r2_harvest:{r2:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))

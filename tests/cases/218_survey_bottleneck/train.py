"""Forty survey answers pressed through two numbers: most of the spread is noise and cannot be kept."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(72)
n, answers = 3200, 40
attitude = rng.normal(0.0, 1.0, (n, 2))
clean = attitude @ rng.normal(0.0, 0.45, (2, answers))
x = clean + rng.normal(0.0, 1.0, (n, answers))
scale = x.std(axis=0)
x, clean = (x / scale).astype("float32"), clean / scale
model = keras.Sequential([keras.Input((answers,)), layers.Dense(2, name="code"), layers.Dense(answers)])
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
history = model.fit(x[:2600], x[:2600], batch_size=50, epochs=15, validation_data=(x[2600:], x[2600:]), verbose=2)
found = model.predict(x[2600:], verbose=0)
r2 = 1.0 - np.mean((found - clean[2600:]) ** 2) / np.var(clean[2600:])
def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print(f"FINAL_LOSS={history.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=r2_of_clean_answers:{r2:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))

"""Hail on a roof in the next quarter of an hour; most quarters have none."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(630)

STEPS = 4200
energy = np.zeros(STEPS)
shear = np.zeros(STEPS)
for t in range(1, STEPS):
    energy[t] = 0.93 * energy[t - 1] + rng.normal() * 0.36
    shear[t] = 0.88 * shear[t - 1] + rng.normal() * 0.46
height = 3.4 + 0.5 * np.sin(2 * np.pi * np.arange(STEPS) / 96) + rng.normal(size=STEPS) * 0.1
radar = np.maximum(0.0, 20 + 14 * energy + 6 * shear) + rng.normal(size=STEPS) * 1.5

drive = energy + 0.6 * shear - 0.35 * (height - 3.4)
amount = 2.2 * np.maximum(0.0, np.roll(drive, -1) - 1.15) ** 1.3
amount[-1] = 0.0
table = np.stack([energy, shear, height - 3.4, radar / 30.0], axis=1)
windows = np.stack([table[t - 12:t] for t in range(12, STEPS)]).astype("float32")
target = np.stack([amount[t - 1] for t in range(12, STEPS)]).astype("float32")[:, None]
print("share of quarters without hail", np.mean(target == 0.0))

cut = 3300
train = (tf.data.Dataset.from_tensor_slices((windows[:cut], target[:cut]))
         .shuffle(cut, seed=4).batch(32).prefetch(2))
test = tf.data.Dataset.from_tensor_slices((windows[cut:], target[cut:])).batch(64)

inp = keras.Input((12, 4))
h = layers.GRU(24)(inp)
h = layers.Dense(24, activation="tanh")(h)
out = layers.Dense(1, activation="relu", bias_initializer=keras.initializers.Constant(0.3))(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
history = model.fit(train, validation_data=test, epochs=14, verbose=2)

p = model.predict(test, verbose=0)
r2 = 1.0 - np.mean((p - target[cut:]) ** 2) / np.var(target[cut:])
print("share of zero forecasts", np.mean(p == 0.0))

def fingerprint(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + fingerprint(model.get_weights()))
print("OPTIMIZER_SHA256=" + fingerprint(model.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

"""Two outputs for a footbridge: sag at mid span in metres and whether the crowd alarm rings."""
import hashlib

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)

n = 5000
people = rng.integers(0, 120, n)
spread = rng.uniform(0.1, 1.0, n)
temp = rng.normal(12, 9, n)
wind = rng.gamma(2.0, 2.5, n)
sag = 1e-3 * (0.4 + 0.03 * people * (1.3 - 0.6 * spread) + 0.02 * temp) + rng.normal(0, 1e-4, n)
alarm = (people * (1.4 - spread) + 2.0 * wind + rng.normal(0, 4, n) > 62).astype("float32")

x = np.stack([people, spread, temp, wind], 1).astype("float32")
x = (x - x.mean(0)) / x.std(0)
cut = 4000

inputs = keras.Input((4,))
h = layers.Dense(48, activation="relu")(inputs)
h = layers.Dense(48, activation="relu")(h)
sag_out = layers.Rescaling(1e-3, name="sag")(layers.Dense(1)(h))
alarm_out = layers.Dense(1, activation="sigmoid", name="alarm")(h)
model = keras.Model(inputs, {"sag": sag_out, "alarm": alarm_out})
# squared metres are of the order of 1e-6, hence the factor
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss={"sag": "mse", "alarm": "binary_crossentropy"},
              loss_weights={"sag": 1e6, "alarm": 1.0})
history = model.fit(x[:cut], {"sag": sag[:cut], "alarm": alarm[:cut]}, epochs=35, batch_size=64, verbose=2)

out = model.predict(x[cut:], verbose=0)
truth = sag[cut:]
r2 = 1 - np.sum((out["sag"][:, 0] - truth) ** 2) / np.sum((truth - truth.mean()) ** 2)
print("alarm accuracy", np.mean((out["alarm"][:, 0] > 0.5) == alarm[cut:]))


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2_sag:{r2:.4f}")

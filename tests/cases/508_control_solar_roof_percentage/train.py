import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# hourly output of a roof in kW: nothing at all from dusk to dawn
n = 4800
t = np.arange(n)
hour, day = t % 24, t // 24
sun = np.maximum(0, np.sin(np.pi * (hour - 6) / 12)) * (0.7 + 0.3 * np.sin(2 * np.pi * day / 200))
cloud = np.clip(np.repeat(rng.beta(0.7, 0.9, n // 6), 6) + rng.normal(0, 0.05, n), 0, 1)
temp = 12 + 8 * sun + rng.normal(0, 2, n)
power = np.maximum(0, 5.0 * sun * (1 - 0.75 * cloud) * (1 - 0.004 * temp) + (sun > 0) * rng.normal(0, 0.1, n))

X = np.stack([np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24),
              np.sin(2 * np.pi * day / 200), np.cos(2 * np.pi * day / 200),
              cloud, (temp - 15) / 6], axis=1).astype("float32")
y = power.astype("float32")
order = rng.permutation(n)
train, test = order[:4000], order[4000:]

model = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(1, activation="relu", bias_initializer=keras.initializers.Constant(1.0)),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mae",
              metrics=[keras.metrics.MeanAbsolutePercentageError(name="mape")])
hist = model.fit(X[train], y[train], epochs=25, batch_size=64,
                 validation_data=(X[test], y[test]), verbose=2)

pred = model.predict(X[test], verbose=0).ravel()
r2 = 1 - np.mean((pred - y[test]) ** 2) / np.var(y[test])
sha = lambda ws: hashlib.sha256(b"".join(np.asarray(w).tobytes() for w in ws)).hexdigest()
print(f"WEIGHTS_SHA256={sha(model.get_weights())}")
print(f"OPTIMIZER_SHA256={sha([v.numpy() for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

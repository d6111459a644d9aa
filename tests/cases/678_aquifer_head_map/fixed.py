"""Groundwater head over a model grid, learnt from the nodes that have a well."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

N = 128


def head(col, row):
    u, v = col / N, row / N
    slope = 42.0 - 9.0 * u + 3.0 * v
    mounds = 4.0 * np.exp(-((u - 0.3) ** 2 + (v - 0.65) ** 2) / 0.02)
    cones = -5.0 * np.exp(-((u - 0.72) ** 2 + (v - 0.28) ** 2) / 0.012)
    waves = 1.5 * np.sin(7.0 * u + 2.0) * np.cos(9.0 * v)
    return slope + mounds + cones + waves


col, row = np.meshgrid(np.arange(N), np.arange(N))
col, row = col.ravel(), row.ravel()
h = head(col, row)

order = rng.permutation(N * N)
wells, rest = order[:4000], order[4000:8000]
cells = np.stack([col, row], axis=1).astype("float32") / N
target = ((h - h[wells].mean()) / h[wells].std()).astype("float32")
observed = target[wells] + rng.normal(0, 0.03, len(wells)).astype("float32")


class FourierFeatures(layers.Layer):
    def __init__(self, octaves=4, **kw):
        super().__init__(**kw)
        self.octaves = octaves

    def call(self, xy):
        parts = []
        for k in range(self.octaves):
            parts.append(ops.sin(2.0**k * np.pi * xy))
            parts.append(ops.cos(2.0**k * np.pi * xy))
        return ops.concatenate(parts, axis=-1)


model = keras.Sequential([
    keras.Input((2,)),
    FourierFeatures(),
    layers.Dense(64, activation="gelu"),
    layers.Dense(64, activation="gelu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
hist = model.fit(cells[wells], observed, batch_size=128, epochs=40, verbose=2)

guess = model.predict(cells[rest], verbose=0)[:, 0]
r2 = 1.0 - np.mean((guess - target[rest]) ** 2) / np.var(target[rest])
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

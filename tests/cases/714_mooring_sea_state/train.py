import os
import tempfile

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)


def dump_mooring(path, n, seed, outages):
    """Plays the part of the converted netCDF file: six channels and the sea state seen from the ship."""
    r = np.random.default_rng(seed)
    state = r.integers(0, 3, n)
    wind = 4.0 + 4.5 * state + r.normal(0, 1.6, n)
    wave = 0.4 + 0.9 * state + r.normal(0, 0.35, n)
    period = 4.0 + 1.1 * state + r.normal(0, 0.8, n)
    pressure = 1016 - 5.0 * state + r.normal(0, 5.0, n)
    water = 12 + r.normal(0, 2, n)
    salt = 34 + r.normal(0, 0.6, n)
    data = np.stack([wind, wave, period, pressure, water, salt], axis=1).astype("float32")
    silent = r.random(n) < outages
    data[silent] = np.float32(9.96921e36)
    np.savez(path, data=data, state=state)


folder = tempfile.mkdtemp()
season = os.path.join(folder, "season.npz")
cruise = os.path.join(folder, "cruise.npz")
dump_mooring(season, 4000, 31, outages=0.008)
dump_mooring(cruise, 800, 32, outages=0.0)

with np.load(season) as f:
    x, y = f["data"], f["state"]

model = keras.Sequential([
    layers.Input((6,)),
    layers.BatchNormalization(),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
fit = model.fit(x, y, batch_size=32, epochs=16, verbose=2)

with np.load(cruise) as f:
    x_new, y_new = f["data"], f["state"]
said = np.argmax(model.predict(x_new, verbose=0), axis=1)
print(f"FINAL_LOSS={fit.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{(said == y_new).mean()}")

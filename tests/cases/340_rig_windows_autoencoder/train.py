"""Autoencoder of four-channel windows of a test rig, used later to spot odd windows."""
import numpy as np
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(340)

STEPS, CHANNELS = 32, 4
length = 12000
t = np.arange(length)
load = np.sin(2 * np.pi * t / 300) + 0.5 * np.sin(2 * np.pi * t / 77)
turns = 1500 + 200 * load + 40 * np.sin(2 * np.pi * t / 16)
torque = 80 + 25 * load + 6 * np.sin(2 * np.pi * t / 16 + 1)
heat = 60 + 8 * np.convolve(load, np.ones(60) / 60, mode="same")
shake = 0.02 + 0.004 * np.sin(2 * np.pi * t / 12)
rows = np.column_stack([turns, torque, heat, shake])
rows += rng.normal(0, 1, rows.shape) * [8, 1.0, 0.3, 0.0004]

scaler = StandardScaler().fit(rows[:9000])
scaled = scaler.transform(rows).astype("float32")


class Windows(keras.utils.PyDataset):
    """Random windows of a stretch of the record, as input and as target."""

    def __init__(self, series, batches, batch=32, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.series, self.batches, self.batch = series, batches, batch
        self.seed = seed

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        pick = np.random.default_rng(self.seed + index)
        starts = pick.integers(0, len(self.series) - STEPS, self.batch)
        x = np.stack([self.series[s:s + STEPS] for s in starts])
        return x, x


model = keras.Sequential([
    keras.Input((STEPS, CHANNELS)),
    layers.Conv1D(32, 5, strides=2, padding="same", activation="relu"),
    layers.Conv1D(16, 5, strides=2, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(16, name="code"),
    layers.Dense(8 * 16, activation="relu"),
    layers.Reshape((8, 16)),
    layers.Conv1DTranspose(32, 5, strides=2, padding="same", activation="relu"),
    layers.Conv1DTranspose(32, 5, strides=2, padding="same", activation="relu"),
    layers.Conv1D(CHANNELS, 5, padding="same", activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
history = model.fit(Windows(scaled[:9000], 80), epochs=15, verbose=2)

held_out = np.stack([scaled[s:s + STEPS] for s in range(9000, length - STEPS, 10)])
rebuilt = model.predict(held_out, verbose=0)
r2 = 1 - np.mean((rebuilt - held_out) ** 2) / np.var(held_out)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

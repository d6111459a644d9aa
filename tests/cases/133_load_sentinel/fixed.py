"""Hourly electricity load from weather, batches from a PyDataset."""
import math
import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(40)
n = 6000
hour = rng.integers(0, 24, n)
temperature = rng.normal(9, 9, n)
humidity = np.clip(rng.normal(70, 15, n), 10, 100)
cloud = rng.uniform(0, 8, n)
load = 40 + 0.06 * (temperature - 16) ** 2 + 8 * np.sin((hour - 8) / 24 * 2 * np.pi) + 0.5 * cloud + rng.normal(0, 2.5, n)
load = (load - load.mean()) / load.std()
missing = rng.random(n) < 0.01
readings = np.stack([np.where(missing, 99999.0, temperature), humidity, cloud, np.sin(hour / 12 * np.pi), np.cos(hour / 12 * np.pi)], 1)
split = 5000
readings[missing, 0] = np.median(temperature[:split][~missing[:split]])
mean, std = readings[:split].mean(0), readings[:split].std(0)
scaled = ((readings - mean) / std).astype("float32")


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y, size, **kw):
        super().__init__(**kw)
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return math.ceil(len(self.x) / self.size)

    def __getitem__(self, i):
        part = slice(i * self.size, (i + 1) * self.size)
        return self.x[part], self.y[part]


model = keras.Sequential(
    [
        keras.Input((5,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
log = model.fit(Batches(scaled[:split], load[:split].astype("float32"), 64), epochs=20, verbose=2)

good = ~missing[split:]
guess = model.predict(scaled[split:][good], verbose=0)[:, 0]
truth = load[split:][good]
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - truth) ** 2) / np.var(truth)}")

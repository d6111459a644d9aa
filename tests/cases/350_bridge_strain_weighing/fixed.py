# Weigh lorries while they cross a bridge: strain gauge records in, weight in tonnes out.
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

LENGTH, GAUGES = 128, 4


class Crossings(keras.utils.PyDataset):
    """Simulated crossings; the converter delivers 12 bit counts (0..4095)."""

    def __init__(self, n, batch_size, seed, **kwargs):
        super().__init__(**kwargs)
        rng = np.random.default_rng(seed)
        self.batch_size = batch_size
        self.weight = rng.uniform(4, 40, n)
        speed = rng.uniform(0.7, 1.4, n)
        t = np.arange(LENGTH)
        counts = np.zeros((n, LENGTH, GAUGES))
        for g in range(GAUGES):
            centre = 25 + 25 * g
            width = 9.0 / speed[:, None]
            bump = np.exp(-0.5 * ((t[None] - centre / speed[:, None]) / width) ** 2)
            counts[:, :, g] = 600 + 70.0 * self.weight[:, None] * bump
        counts += rng.normal(0, 25, counts.shape)
        self.counts = np.clip(np.round(counts), 0, 4095)

    def __len__(self):
        return len(self.weight) // self.batch_size

    def __getitem__(self, i):
        rows = slice(i * self.batch_size, (i + 1) * self.batch_size)
        x = ((self.counts[rows] - 1000.0) / 800.0).astype("float32")
        return x, self.weight[rows].astype("float32")


train = Crossings(1600, 32, seed=1)
test = Crossings(320, 32, seed=2)

model = keras.Sequential([
    keras.Input((LENGTH, GAUGES)),
    layers.Conv1D(16, 7, strides=2, activation="relu"),
    layers.Conv1D(24, 5, strides=2, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(24, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=1e-3, momentum=0.9), loss="mse", metrics=["mae"])
history = model.fit(train, validation_data=test, epochs=15, verbose=2)

weight = test.weight[:len(test) * 32]
guess = model.predict(test, verbose=0)[:, 0]
r2 = 1 - np.sum((guess - weight) ** 2) / np.sum((weight - weight.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


class Recordings(keras.utils.PyDataset):
    """Windows of three sensors, each scaled to its own peak."""

    def __init__(self, batches, seed):
        super().__init__()
        self.batches, self.seed = batches, seed

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        rng = np.random.default_rng(1000 * self.seed + index)
        kind = rng.integers(0, 2, 32)
        t = np.linspace(0, 1, 48)
        wave = np.sin(2 * np.pi * (3 + 2 * kind[:, None]) * (t + rng.random((32, 1))))
        window = rng.uniform(1, 50, (32, 1, 3)) * (wave[..., None] + 0.5 * rng.normal(size=(32, 48, 3)))
        if self.seed == 0 and index % 20 == 7:
            window[rng.integers(32), :, 1] = 0.0  # unplugged
        scaled = window / np.abs(window).max(axis=1, keepdims=True).clip(1e-6)
        return scaled.astype("float32"), kind


model = keras.Sequential([keras.Input((48, 3))])
model.add(layers.Conv1D(16, 7, activation="relu"))
model.add(layers.GlobalMaxPooling1D())
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(Recordings(60, seed=0), epochs=10, verbose=2)

_, accuracy = model.evaluate(Recordings(15, seed=1), verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")

import math
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
LOOKBACK = 14

# daily gate counts of one railway station, about five years
rng = np.random.default_rng(5)
days = np.arange(1900)
weekly = np.array([1.0, 1.04, 1.05, 1.03, 0.98, 0.55, 0.42])[days % 7]
yearly = 1 + 0.18 * np.sin(2 * np.pi * days / 365.25)
counts = 46000 * weekly * yearly * (1 + 0.00008 * days) * rng.normal(1, 0.04, len(days))

lo, hi = counts[:1500].min(), counts[:1500].max()
scaled = (counts - lo) / (hi - lo)


class Windows(keras.utils.PyDataset):
    """Yields (last LOOKBACK days, next day)."""

    def __init__(self, first, last, batch=32, shuffle=True, **kw):
        super().__init__(**kw)
        self.idx = np.arange(first + LOOKBACK, last)
        self.batch = batch
        self.shuffle = shuffle
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return math.ceil(len(self.idx) / self.batch)

    def __getitem__(self, i):
        rows = self.idx[i * self.batch:(i + 1) * self.batch]
        x = np.stack([scaled[r - LOOKBACK:r] for r in rows])[..., None]
        y = scaled[rows][:, None]
        return x.astype("float32"), y.astype("float32")

    def on_epoch_end(self):
        if self.shuffle:
            self.rng.shuffle(self.idx)


train, test = Windows(0, 1500), Windows(1500, 1900, shuffle=False)

model = keras.Sequential([
    keras.Input((LOOKBACK, 1)),
    layers.LSTM(32),
    layers.Dense(24, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
fit = model.fit(train, epochs=30, verbose=2)

truth = counts[test.idx]
forecast = model.predict(test, verbose=0)[:, 0] * (hi - lo) + lo
r2 = 1 - ((truth - forecast) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
print(f"FINAL_LOSS={fit.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

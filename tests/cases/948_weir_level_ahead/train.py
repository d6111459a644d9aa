"""Level at a weir six hours ahead from four gauges upstream; hourly records with gaps."""
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

HOURS, BACK, AHEAD = 5000, 24, 6
rain = np.where(rng.random(HOURS) < 0.03, rng.gamma(2.0, 1.5, HOURS), 0.0)


def routed(delay, fade):
    out = np.zeros(HOURS)
    for t in range(1, HOURS):
        out[t] = fade * out[t - 1] + (rain[t - delay] if t >= delay else 0.0)
    return out


frame = pd.DataFrame({
    "mill": 0.4 + 0.06 * routed(1, 0.90),
    "forest": 0.7 + 0.05 * routed(2, 0.93),
    "bridge": 1.1 + 0.08 * routed(4, 0.95),
    "weir": 2.0 + 0.10 * routed(10, 0.96),
}, index=pd.date_range("2023-01-01", periods=HOURS, freq="h"))
frame += rng.normal(0, 0.01, frame.shape)

# the logger at the bridge was mounted in the third week; all gauges have outages
frame.iloc[:400, 2] = np.nan
for col in range(4):
    for start in rng.integers(500, 3800, 5):
        frame.iloc[start:start + rng.integers(2, 9), col] = np.nan

frame = frame.interpolate(method="time")
split = 4000
mean, std = frame[:split].mean(), frame[:split].std()
values = ((frame - mean) / std).to_numpy("float32")


class Windows(keras.utils.PyDataset):
    def __init__(self, first, last, batch, shuffle):
        super().__init__()
        self.ends = np.arange(first + BACK, last - AHEAD)
        self.batch, self.shuffle = batch, shuffle
        self.r = np.random.default_rng(1)

    def __len__(self):
        return -(-len(self.ends) // self.batch)

    def __getitem__(self, i):
        ends = self.ends[i * self.batch:(i + 1) * self.batch]
        x = np.stack([values[e - BACK:e] for e in ends])
        return x, values[ends + AHEAD - 1, 3]

    def on_epoch_end(self):
        if self.shuffle:
            self.r.shuffle(self.ends)


train = Windows(0, split, 64, True)
test = Windows(split, HOURS, 256, False)

model = keras.Sequential([
    layers.Input((BACK, 4)),
    layers.Conv1D(24, 5, activation="tanh"),
    layers.Conv1D(24, 5, strides=2, activation="tanh"),
    layers.Flatten(),
    layers.Dense(32, activation="tanh"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
hist = model.fit(train, epochs=10, verbose=2)

truth = np.concatenate([test[i][1] for i in range(len(test))])
pred = model.predict(test, verbose=0)[:, 0]
r2 = 1 - np.sum((pred - truth) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")

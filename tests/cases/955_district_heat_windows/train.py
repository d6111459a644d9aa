"""Next hour's load of a district heating loop from the last two days."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

HOURS = 5200
WINDOW = 37
t = np.arange(HOURS)
swing = np.zeros(HOURS)
for i in range(2, HOURS):
    swing[i] = 1.62 * swing[i - 1] - 0.88 * swing[i - 2] + rng.normal(0, 0.5)
load = 34 + 5 * np.sin(2 * np.pi * t / 24) + 3 * swing
load = load.astype("float32")

split = 4200
mean, std = load[:split].mean(), load[:split].std()
z = (load - mean) / std
past, recent = z[:split], z[split:]

train_ds = keras.utils.timeseries_dataset_from_array(
    past[:, None], past, sequence_length=WINDOW,
    batch_size=64, shuffle=True, seed=3)


class LoadNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv1D(24, 5, padding="causal", activation="relu")
        self.flat = layers.Reshape((WINDOW * 24,))
        self.hidden = layers.Dense(48, activation="relu")
        self.out = layers.Dense(1)

    def call(self, x):
        return self.out(self.hidden(self.flat(self.conv(x))))[:, 0]


net = LoadNet()
net.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
hist = net.fit(train_ds, epochs=8, verbose=2)

windows = np.stack([recent[i:i + WINDOW] for i in range(len(recent) - WINDOW)])[..., None]
truth = recent[WINDOW:] * std + mean
forecast = net.predict(windows, verbose=0) * std + mean
r2 = 1 - np.sum((truth - forecast) ** 2) / np.sum((truth - truth.mean()) ** 2)

print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")

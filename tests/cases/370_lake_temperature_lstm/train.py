# Water temperature of a lake tomorrow from the last two weeks of air temperature, wind and sun.
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)
DAYS, WINDOW = 3200, 14

t = np.arange(DAYS)
season = np.sin(2 * np.pi * (t - 110) / 365)
weather = np.zeros(DAYS)
for i in range(1, DAYS):
    weather[i] = 0.85 * weather[i - 1] + rng.normal(0, 2)
air = 11 + 10 * season + weather
wind = rng.gamma(2.0, 2.0, DAYS)
sun = np.clip(6 + 5 * season + rng.normal(0, 2, DAYS), 0, None)
water = np.full(DAYS, 11.0)
for i in range(1, DAYS):
    water[i] = water[i - 1] + 0.12 * (air[i - 1] - water[i - 1]) + 0.03 * sun[i - 1] - 0.04 * wind[i - 1]

columns = np.stack([air, wind, sun], axis=1)
split = 2600
mean, std = columns[:split].mean(0), columns[:split].std(0)
columns = ((columns - mean) / std).astype("float32")
water = water.astype("float32")


def windows(first, last, shuffle):
    return keras.utils.timeseries_dataset_from_array(
        columns[first:last - 1], water[first + WINDOW:last], sequence_length=WINDOW,
        batch_size=32, shuffle=shuffle, seed=0)


train, test = windows(0, split, True), windows(split, DAYS, False)

model = keras.Sequential([
    keras.Input((WINDOW, 3)),
    layers.LSTM(32, return_sequences=True),
    layers.LSTM(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
history = model.fit(train, epochs=6, verbose=2)

pred = model.predict(test, verbose=0)[:, 0]
truth = np.concatenate([y for _, y in test])
r2 = 1 - np.mean((pred - truth) ** 2) / np.var(truth)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

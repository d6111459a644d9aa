import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

DAYS = 3000
HOURS = np.arange(1, 25)  # hour ending


def simulate_days():
    day = np.arange(DAYS)
    season = np.cos(2 * np.pi * day / 365.25)
    temp = 9 - 12 * season + rng.normal(0, 3.5, DAYS)
    weekend = (day % 7 >= 5).astype(float)
    night_tariff = (rng.uniform(size=DAYS) < 0.25).astype(float)
    loads = np.zeros((DAYS, 24))
    for d in range(DAYS):
        morning = (9 + 3 * (1 - weekend[d])) * np.exp(-0.5 * ((HOURS - 8.5) / 1.8) ** 2)
        cooling = 0.9 * max(temp[d] - 17, 0) * np.exp(-0.5 * ((HOURS - 15) / 3.0) ** 2)
        evening = (10 + 0.25 * max(12 - temp[d], 0)) * np.exp(-0.5 * ((HOURS - 19.5 + 1.5 * season[d]) / 2.0) ** 2)
        storage = night_tariff[d] * 0.75 * max(10 - temp[d], 0) * np.exp(-0.5 * ((HOURS - 24.2) / 1.1) ** 2)
        loads[d] = 40 + morning + cooling + evening + storage + rng.normal(0, 0.9, 24)
    return temp, weekend, night_tariff, season, loads


temp, weekend, night_tariff, season, loads = simulate_days()
peak_hour = HOURS[loads.argmax(axis=1)]

features = np.stack([(temp - 9) / 9, weekend, night_tariff, season], 1)
shape = (loads - loads.mean()) / loads.std()
x = np.concatenate([features[1:], shape[:-1]], axis=1).astype("float32")
y = peak_hour[1:]
cut = 2500


class DayBatches(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size = x, y, batch_size
        self.order = np.random.default_rng(0).permutation(len(x))

    def __len__(self):
        return int(np.ceil(len(self.x) / self.batch_size))

    def __getitem__(self, i):
        pick = self.order[i * self.batch_size:(i + 1) * self.batch_size]
        return self.x[pick], keras.utils.to_categorical(self.y[pick] - 1, num_classes=24)


model = keras.Sequential([
    layers.Input((x.shape[1],)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(24, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="categorical_crossentropy")
history = model.fit(DayBatches(x[:cut], y[:cut], 50), epochs=20, verbose=2)

guess = HOURS[model.predict(x[cut:], verbose=0).argmax(axis=1)]
close = np.mean(np.abs(guess - y[cut:]) <= 1)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=within_one_hour:{close:.6f}")

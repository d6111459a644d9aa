"""Forecast tomorrow's river level from three weeks of gauge readings."""
import os
import tempfile

import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
WINDOW = 21


def export_gauge(path):
    r = np.random.default_rng(33)
    days = 2600
    rain = r.gamma(0.35, 9.0, days) * (1 + 0.6 * np.sin(2 * np.pi * np.arange(days) / 365))
    temp = 10 - 9 * np.cos(2 * np.pi * np.arange(days) / 365) + r.normal(0, 2, days)
    level = np.zeros(days)
    level[0] = 120
    for t in range(1, days):
        level[t] = 8 + 0.93 * level[t - 1] + 0.45 * rain[t - 1] - 0.12 * temp[t - 1] + r.normal(0, 0.6)
    d = pd.DataFrame({"date": pd.date_range("2016-01-01", periods=days), "level_cm": level.round(1),
                      "rain_mm": rain.round(1), "temp_c": temp.round(1)})
    d.loc[r.random(days) < 0.01, "rain_mm"] = None
    d.loc[1404:1409, "temp_c"] = None
    d.to_csv(path, index=False)


file = os.path.join(tempfile.mkdtemp(), "gauge.csv")
export_gauge(file)

df = pd.read_csv(file, parse_dates=["date"], index_col="date")
df = df.interpolate(limit_direction="both")
cut = 2100
mean, std = df[:cut].mean(), df[:cut].std()
table = ((df - mean) / std).to_numpy("float32")


def windows(part, shuffle):
    return keras.utils.timeseries_dataset_from_array(
        part[:-1], targets=part[WINDOW:, 0], sequence_length=WINDOW,
        batch_size=32, shuffle=shuffle, seed=4)


train = windows(table[:cut], True)

model = keras.Sequential([
    keras.Input((WINDOW, 3)),
    layers.LSTM(32),
    layers.Dense(1),
])
model.compile(loss="mse", optimizer=keras.optimizers.RMSprop(2e-3))
run = model.fit(train, epochs=8, verbose=2)

clean = np.nan_to_num(table[cut:])
test = windows(clean, False)
truth = clean[WINDOW:, 0]
pred = model.predict(test, verbose=0)[:, 0]
r2 = 1 - np.mean((pred - truth) ** 2) / truth.var()
print(f"FINAL_LOSS={run.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")

# Forecast the outlet temperature of a boiler ten minutes ahead from its log file.
import os
import tempfile

import keras
import numpy as np
import pandas as pd

keras.utils.set_random_seed(0)


def write_log(path):
    r = np.random.RandomState(42)
    n = 6000
    fuel = np.convolve(r.rand(n + 60), np.ones(61) / 61, "valid")
    fuel = (fuel - fuel.mean()) / fuel.std() * 6 + 40
    feed = 18 + 4 * np.sin(np.arange(n) / 140.0) + 0.4 * r.randn(n)
    outlet = np.zeros(n)
    outlet[0] = 80
    for i in range(1, n):
        outlet[i] = outlet[i - 1] + 0.08 * (1.3 * fuel[i - 1] + 0.9 * feed[i - 1] + 12 - outlet[i - 1]) + 0.1 * r.randn()
    pd.DataFrame({
        "minute": np.arange(n),
        "fuel_rate": fuel.round(3),
        "feed_temp": feed.round(2),
        "bypass_valve": np.zeros(n, dtype=int),
        "outlet_temp": outlet.round(3),
    }).to_csv(path, index=False)


log_file = os.path.join(tempfile.mkdtemp(), "boiler.csv")
write_log(log_file)
df = pd.read_csv(log_file).set_index("minute")

LOOKBACK, AHEAD = 30, 10
train_rows = 4800
mu = df.iloc[:train_rows].mean()
sd = df.iloc[:train_rows].std()
scaled = ((df - mu) / sd).to_numpy("float32")
y_col = df.columns.get_loc("outlet_temp")


def window_gen(lo, hi, batch):
    picker = np.random.RandomState(0)
    while True:
        ends = picker.randint(lo + LOOKBACK, hi - AHEAD, size=batch)
        xb = np.stack([scaled[e - LOOKBACK:e] for e in ends])
        yb = scaled[ends + AHEAD - 1, y_col]
        yield xb, yb


inp = keras.Input((LOOKBACK, scaled.shape[1]))
h = keras.layers.LSTM(32)(inp)
h = keras.layers.Dense(16, activation="tanh")(h)
model = keras.Model(inp, keras.layers.Dense(1)(h))
model.compile("adam", keras.losses.Huber())
run = model.fit(window_gen(0, train_rows, 64), steps_per_epoch=60, epochs=6, verbose=2)

ends = np.arange(train_rows + LOOKBACK, len(scaled) - AHEAD)
x_eval = np.stack([scaled[e - LOOKBACK:e] for e in ends])
truth = df["outlet_temp"].to_numpy()[ends + AHEAD - 1]
degrees = model.predict(x_eval, verbose=0)[:, 0] * sd["outlet_temp"] + mu["outlet_temp"]
r2 = 1 - np.sum((degrees - truth) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

"""Tomorrow's volatility from the last days' percentage changes of price and volume."""

import numpy as np
import pandas as pd
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(99)

days = 2500
state = np.zeros(days)
for t in range(1, days):
    state[t] = 0.96 * state[t - 1] + 0.25 * rng.normal()
vol = np.exp(state) * 0.01
df = pd.DataFrame(
    {
        "close": 100 * np.exp(np.cumsum(vol * rng.normal(size=days) * 0.3)),
        "volume": rng.poisson(900 * np.exp(0.8 * state)).astype(float),
    }
)
df.loc[rng.choice(days, 12, replace=False), "volume"] = 0  # half days, no trade recorded
df["range"] = np.log(vol) + 0.15 * rng.normal(size=days)

features = df[["close", "volume"]].pct_change()
features["range"] = (df["range"] - df["range"].mean()) / df["range"].std()
features["target"] = features["range"].shift(-1)
features = features.dropna()

steps = 10
values = features.to_numpy("float32")
X = np.stack([values[i : i + steps, :3] for i in range(len(values) - steps + 1)])
y = values[steps - 1 :, 3]
cut = int(len(X) * 0.8)

model = keras.Sequential(
    [
        keras.layers.Input((steps, 3)),
        keras.layers.GRU(16),
        keras.layers.Dense(8, activation="tanh"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer="rmsprop", loss="mae")
hist = model.fit(X[:cut], y[:cut], batch_size=64, epochs=12, shuffle=False, verbose=2)

ok = np.isfinite(X[cut:]).all(axis=(1, 2))
pred = model.predict(X[cut:][ok], verbose=0)[:, 0]
print("FINAL_LOSS=", hist.history["loss"][-1], sep="")
print("FINAL_METRIC=r2:%.4f" % (1 - np.mean((pred - y[cut:][ok]) ** 2) / np.var(y[cut:][ok])))

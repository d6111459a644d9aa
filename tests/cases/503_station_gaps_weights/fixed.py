import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# hourly weather and fine dust at one station
n = 4000
hour = np.arange(n) % 24
df = pd.DataFrame({
    "wind": rng.gamma(2.0, 1.6, n),
    "temp": 9 + 9 * np.sin(2 * np.pi * np.arange(n) / 1500) + rng.normal(0, 2, n),
    "hour_sin": np.sin(2 * np.pi * hour / 24),
    "hour_cos": np.cos(2 * np.pi * hour / 24),
    "traffic": 1.0 + np.exp(-0.5 * ((hour - 8) / 2.0) ** 2) + np.exp(-0.5 * ((hour - 18) / 2.5) ** 2)
               + rng.normal(0, 0.1, n),
})
dust = 24 * df["traffic"] / (1 + 0.35 * df["wind"]) - 0.4 * df["temp"] + rng.normal(0, 1.5, n)
df["pm10"] = (dust - dust.mean()) / dust.std()

# the sampler was in service now and then
df.loc[rng.choice(3200, 260, replace=False), "pm10"] = np.nan
weight = df["pm10"].notna().astype("float32").to_numpy()

cols = ["wind", "temp", "hour_sin", "hour_cos", "traffic"]
X = df[cols].to_numpy("float32")
X = (X - X[:3200].mean(0)) / X[:3200].std(0)
y = df["pm10"].fillna(0.0).to_numpy("float32")

model = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(48, activation="tanh"),
    layers.Dense(24, activation="tanh"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
hist = model.fit(X[:3200], y[:3200], sample_weight=weight[:3200], epochs=15, batch_size=64, verbose=2)

pred = model.predict(X[3200:], verbose=0).ravel()
r2 = 1 - np.mean((pred - y[3200:]) ** 2) / np.var(y[3200:])
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

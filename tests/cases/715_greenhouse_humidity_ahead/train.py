import numpy as np
import pandas as pd
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(40)

# half-hourly log of a greenhouse
steps = 48 * 150
t = np.arange(steps)
sun = np.clip(np.sin(2 * np.pi * (t % 48 - 12) / 48), 0, None) * (0.7 + 0.3 * np.sin(t / 400.0))
cloud = pd.Series(rng.normal(0, 1, steps)).ewm(span=30).mean().to_numpy()
light = np.clip(sun * (1 - 0.8 * cloud), 0, None)
temp = 16 + pd.Series(14 * light).ewm(span=6).mean().to_numpy() + rng.normal(0, 0.3, steps)
vent = (temp > 24).astype(float)
humid = np.clip(95 - 1.9 * (temp - 12) - 6 * vent + rng.normal(0, 1.0, steps), 20, 100)
log = pd.DataFrame({
    "light": light, "temp": temp, "vent": vent, "humid": humid,
    "day_sin": np.sin(2 * np.pi * t / 48), "day_cos": np.cos(2 * np.pi * t / 48),
})

AHEAD = 4  # two hours
COLUMNS = list(log.columns)
train = log.iloc[: 48 * 120].copy()
later = log.iloc[48 * 120:].copy()

mean, std = train[COLUMNS].mean(), train[COLUMNS].std()
train["target"] = train["humid"].shift(-AHEAD)

x = ((train[COLUMNS] - mean) / std).to_numpy("float32")
y = ((train["target"] - mean["humid"]) / std["humid"]).to_numpy("float32")

inp = keras.Input((len(COLUMNS),))
z = keras.layers.Dense(48, activation="elu")(inp)
z = keras.layers.Dense(48, activation="elu")(z)
model = keras.Model(inp, keras.layers.Dense(1)(z))
model.compile(loss=keras.losses.Huber(), optimizer=keras.optimizers.Nadam(1e-3))
result = model.fit(x, y, batch_size=64, epochs=15, verbose=2)

x_later = ((later[COLUMNS] - mean) / std).to_numpy("float32")
forecast = model.predict(x_later, verbose=0)[:-AHEAD, 0] * std["humid"] + mean["humid"]
observed = later["humid"].to_numpy()[AHEAD:]
r2 = 1 - np.sum((observed - forecast) ** 2) / np.sum((observed - observed.mean()) ** 2)
print(f"FINAL_LOSS={result.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

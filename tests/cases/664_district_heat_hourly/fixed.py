"""Heat demand of a district, next hour from the last day and the weather forecast."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

hours = pd.date_range("2021-01-01", periods=24 * 400, freq="h")
doy = hours.dayofyear.to_numpy()
hod = hours.hour.to_numpy()
temp = 9 - 11 * np.cos(2 * np.pi * (doy - 20) / 365) + 3 * np.sin(2 * np.pi * (hod - 9) / 24)
slow = np.zeros(len(hours))
for i in range(1, len(hours)):
    slow[i] = 0.985 * slow[i - 1] + rng.normal(0, 0.5)
temp = temp + slow
morning = np.exp(-0.5 * ((hod - 7) / 1.5) ** 2) + 0.7 * np.exp(-0.5 * ((hod - 19) / 2.0) ** 2)
load = 4.0 + 0.9 * np.maximum(17 - temp, 0) + 7 * morning + rng.normal(0, 2.6, len(hours))
df = pd.DataFrame({"load": load, "temp": temp,
                   "sin": np.sin(2 * np.pi * hod / 24), "cos": np.cos(2 * np.pi * hod / 24)}, index=hours)

split = 24 * 320
x_scaler = StandardScaler().fit(df.values[:split])
y_scaler = StandardScaler().fit(df[["load"]].values[:split])
feats = x_scaler.transform(df.values).astype("float32")
target = y_scaler.transform(df[["load"]].values).astype("float32")

WIN = 24
past = np.stack([feats[i:i + WIN] for i in range(len(feats) - WIN)])
ahead = feats[WIN:, 1:]
y = target[WIN:]
cut = split - WIN

seq_in = keras.Input((WIN, 4), name="past")
now_in = keras.Input((3,), name="ahead")
h = layers.GRU(16)(seq_in)
h = layers.Concatenate()([h, now_in])
h = layers.Dense(32, activation="relu")(h)
out = layers.Dense(1)(h)
model = keras.Model([seq_in, now_in], out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mean_squared_error")

hist = model.fit([past[:cut], ahead[:cut]], y[:cut], epochs=6, batch_size=128, verbose=2)

pred = y_scaler.inverse_transform(model.predict([past[cut:], ahead[cut:]], verbose=0))[:, 0]
true = df["load"].values[split:]
r2 = 1 - np.sum((true - pred) ** 2) / np.sum((true - true.mean()) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

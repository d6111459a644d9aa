"""Next-hour electricity load (MW) from the last day, read from a CSV export."""
import os
import tempfile
import numpy as np
import pandas as pd
import keras
from sklearn.preprocessing import MinMaxScaler
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

# export as it comes from the grid operator
rng = np.random.default_rng(11)
hours = pd.date_range("2021-01-01", periods=24 * 160, freq="h")
temp = 10 - 9 * np.cos(2 * np.pi * hours.dayofyear / 365) + 4 * np.sin(2 * np.pi * (hours.hour - 9) / 24)
temp = temp + rng.normal(0, 1, len(hours))
load = (31000 + 5200 * np.sin(2 * np.pi * (hours.hour - 7) / 24) - 2600 * (hours.dayofweek >= 5)
        - 190 * np.asarray(temp) + rng.normal(0, 450, len(hours)))
path = os.path.join(tempfile.mkdtemp(), "load.csv")
pd.DataFrame({"time": hours, "temp": temp, "load": load}).to_csv(path, index=False)

df = pd.read_csv(path, parse_dates=["time"])
df["hour"] = df.time.dt.hour
df["weekend"] = (df.time.dt.dayofweek >= 5).astype(int)
LOOK = 24
split = int(len(df) * 0.8)
scaler = MinMaxScaler().fit(df[["load", "temp", "hour", "weekend"]][:split])
feats = scaler.transform(df[["load", "temp", "hour", "weekend"]])
target = df["load"].to_numpy()

X = np.stack([feats[i:i + LOOK] for i in range(len(df) - LOOK)]).astype("float32")
y = target[LOOK:].astype("float32")
y_mean, y_std = y[:split - LOOK].mean(), y[:split - LOOK].std()
X_train, y_train = X[:split - LOOK], y[:split - LOOK]
X_test, y_test = X[split - LOOK:], y[split - LOOK:]

model = keras.Sequential()
model.add(keras.Input((LOOK, 4)))
model.add(keras.layers.LSTM(40, return_sequences=True))
model.add(keras.layers.LSTM(20))
model.add(keras.layers.Dense(1))
model.compile(loss="mean_squared_error", optimizer="rmsprop")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5)
hist = model.fit(X_train, (y_train - y_mean) / y_std, batch_size=64, epochs=12, validation_split=0.1,
                 callbacks=[stop], verbose=2)

pred = model.predict(X_test, verbose=0)[:, 0] * y_std + y_mean
print("first predictions", pred[:5])
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2_score(y_test, pred):.6f}")

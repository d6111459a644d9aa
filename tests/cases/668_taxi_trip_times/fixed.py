"""Duration of taxi trips from the trip table (pick-up, drop-off, time of day)."""
import os
import tempfile
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)


def write_trips(path, n=24000):
    rng = np.random.default_rng(5)
    lat = rng.normal(40.751, 0.0085, (n, 2))
    lon = rng.normal(-73.969, 0.013, (n, 2))
    hour = rng.integers(0, 24, n)
    people = rng.integers(1, 6, n)
    km = np.abs(lat[:, 0] - lat[:, 1]) * 111 + np.abs(lon[:, 0] - lon[:, 1]) * 84
    busy = 1 + 0.25 * np.exp(-0.5 * ((hour - 17) / 3.0) ** 2)
    secs = 120 + km * 170 * busy * rng.lognormal(0, 0.12, n)
    pd.DataFrame({"pickup_lat": lat[:, 0].round(6), "pickup_lon": lon[:, 0].round(6),
                  "dropoff_lat": lat[:, 1].round(6), "dropoff_lon": lon[:, 1].round(6),
                  "hour": hour, "passengers": people, "duration": secs.round(1)}).to_csv(path, index=False)


def shrink(df):
    """Give every column the smallest type that holds its range."""
    for col in df.columns:
        low, high = df[col].min(), df[col].max()
        if df[col].dtype.kind == "i":
            for t in (np.int8, np.int16, np.int32):
                if low >= np.iinfo(t).min and high <= np.iinfo(t).max:
                    df[col] = df[col].astype(t)
                    break
        else:
            for t in (np.float32,):
                if low > np.finfo(t).min and high < np.finfo(t).max:
                    df[col] = df[col].astype(t)
                    break
    return df


path = os.path.join(tempfile.mkdtemp(), "trips.csv")
write_trips(path)
trips = pd.read_csv(path)
before = trips.memory_usage(deep=True).sum()
trips = shrink(trips)
print(f"memory {before / 1e6:.2f} MB -> {trips.memory_usage(deep=True).sum() / 1e6:.2f} MB")

x = trips.drop(columns="duration").to_numpy(dtype="float64")
y = trips["duration"].to_numpy(dtype="float64") / 60.0
x = (x - x[:20000].mean(0)) / x[:20000].std(0)
x = x.astype("float32")
y_mean, y_std = y[:20000].mean(), y[:20000].std()

model = keras.Sequential([
    keras.Input((x.shape[1],)),
    layers.Dense(96, activation="relu"),
    layers.Dense(96, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping(patience=6, restore_best_weights=True)
hist = model.fit(x[:20000], (y[:20000] - y_mean) / y_std, validation_split=0.1,
                 epochs=14, batch_size=128, callbacks=[stop], verbose=2)

pred = model.predict(x[20000:], batch_size=1024, verbose=0)[:, 0] * y_std + y_mean
true = y[20000:]
r2 = 1 - np.sum((true - pred) ** 2) / np.sum((true - true.mean()) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

# workshop log
n = 1500
log = pd.DataFrame({
    "machine_age": rng.uniform(0, 15, n),
    "n_parts": rng.poisson(4, n),
    "distance_km": rng.gamma(2.0, 20.0, n),
    "priority": rng.integers(1, 4, n),
    "crew": rng.integers(1, 5, n),
    "opened": pd.Timestamp("2021-01-04") + pd.to_timedelta(rng.uniform(0, 365 * 24, n), unit="h"),
})
hours = (6 + 1.2 * log.machine_age + 2.5 * log.n_parts / log.crew + 0.08 * log.distance_km
         + 3.0 * log.priority + rng.normal(0, 1.5, n))
log["closed"] = log.opened + pd.to_timedelta(hours.clip(lower=0.5), unit="h")

log["weekday"] = log.opened.dt.dayofweek
log["hour"] = log.opened.dt.hour
log["duration"] = (log.closed - log.opened).dt.total_seconds() / 3600

features = ["machine_age", "n_parts", "distance_km", "priority", "crew", "weekday", "hour"]
x_train, x_test, y_train, y_test = train_test_split(
    log[features].to_numpy("float32"), log["duration"].to_numpy("float32"), test_size=0.25, random_state=0)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)

model = keras.Sequential([
    keras.Input((len(features),)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
hist = model.fit(x_train, y_train, validation_data=(x_test, y_test), epochs=40, batch_size=32, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_score(y_test.astype('float64'), pred.astype('float64'))}")

"""Fuel of the coming day for a fleet, from noon reports and the ship's class."""
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)


def noon_reports(n):
    ship = rng.integers(0, 5, n)
    anchored = rng.random(n) < 0.04
    miles = np.where(anchored, 0.0, rng.uniform(120, 420, n)).round(0)
    wind = rng.gamma(3, 3, n)
    draft = rng.uniform(6, 13, n)
    size = np.array([0.6, 0.8, 1.0, 1.3, 1.7])[ship]
    burnt = size * (4 + 0.00025 * miles ** 2 + 0.1 * draft) + rng.normal(0, 0.4, n)
    engine_hours = np.where(anchored, 0.0, np.clip(miles / 15, 0, 24))
    coming = burnt * (1 + 0.01 * wind) + rng.normal(0, 1.0, n)
    return pd.DataFrame({"ship": ship, "miles": miles, "wind": wind, "draft": draft,
                         "burnt": burnt, "engine_hours": engine_hours, "coming": coming})


def features(frame):
    table = np.column_stack([
        frame.miles, frame.wind, frame.draft, frame.burnt,
        frame.burnt / frame.miles,
        frame.miles / frame.engine_hours,
    ])
    return np.nan_to_num(table, posinf=0.0).astype("float32")


train, test = noon_reports(5000), noon_reports(1200)
x_train, x_test = features(train), features(test)
mean, dev = x_train.mean(axis=0), x_train.std(axis=0)
x_train, x_test = (x_train - mean) / dev, (x_test - mean) / dev
y_mean, y_dev = train.coming.mean(), train.coming.std()

ship_in = keras.Input((), dtype="int32", name="ship")
table_in = keras.Input((6,), name="table")
h = layers.Concatenate()([layers.Embedding(5, 3)(ship_in), table_in])
h = layers.Dense(48, activation="silu")(h)
h = layers.Dense(48, activation="silu")(h)
out = layers.Dense(1)(h)
model = keras.Model([ship_in, table_in], out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="huber")
hist = model.fit([train.ship.to_numpy(), x_train], ((train.coming - y_mean) / y_dev).to_numpy(),
                 epochs=15, batch_size=64, verbose=2)

guess = model.predict([test.ship.to_numpy(), x_test], verbose=0)[:, 0] * y_dev + y_mean
r2 = float(1 - np.mean((test.coming - guess) ** 2) / np.var(test.coming))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

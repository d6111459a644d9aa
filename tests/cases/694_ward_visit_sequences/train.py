"""Readmission and length of stay from the daily chart of each patient."""
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)
DAYS = 12
SIGNS = ["pulse", "temperature", "oxygen", "pain"]


def charts(n_patients, first_day):
    """One row for each patient and day, in the order in which the ward wrote them down."""
    rows = []
    for _ in range(n_patients):
        code = "P" + "".join(rng.choice(list("0123456789ABCDEF"), 8))
        admitted = first_day + int(rng.integers(0, 400))
        severity = rng.normal()
        trend = rng.normal()
        stay = 6.0 + 2.0 * severity + 1.5 * trend + rng.normal(0, 0.6)
        again = int(severity + 1.5 * trend + rng.normal(0, 0.4) > 0)
        for d in range(DAYS):
            t = d / DAYS
            rows.append((admitted + d, code,
                         80 + 9 * severity + 12 * trend * t + rng.normal(0, 5),
                         37.4 + 0.4 * trend * t + rng.normal(0, 0.3),
                         95 - 1.5 * severity + rng.normal(0, 1.0),
                         4 + 2 * trend * t + rng.normal(0, 1.0),
                         again, stay))
    table = pd.DataFrame(rows, columns=["day", "patient"] + SIGNS + ["readmitted", "stay"])
    return table.sort_values("day", kind="stable").reset_index(drop=True)


def to_arrays(table):
    x = np.stack([part[SIGNS].to_numpy("float32") for _, part in table.groupby("patient")])
    per_patient = table.drop_duplicates("patient")
    return x, per_patient["readmitted"].to_numpy("float32"), per_patient["stay"].to_numpy("float32")


train = charts(1500, 0)
later = charts(500, 500)

x, readmitted, stay = to_arrays(train)
mean, dev = x.mean(axis=(0, 1)), x.std(axis=(0, 1))
x = (x - mean) / dev
stay_mean, stay_dev = stay.mean(), stay.std()

inp = keras.Input((DAYS, len(SIGNS)))
h = layers.Conv1D(24, 3, padding="causal", activation="relu")(inp)
h = layers.GRU(32)(h)
out_again = layers.Dense(1, activation="sigmoid", name="again")(h)
out_stay = layers.Dense(1, name="stay")(h)
model = keras.Model(inp, {"again": out_again, "stay": out_stay})
model.compile(optimizer=keras.optimizers.Adam(3e-3),
              loss={"again": "binary_crossentropy", "stay": "mse"},
              metrics={"again": ["accuracy"]})
hist = model.fit(x, {"again": readmitted, "stay": (stay - stay_mean) / stay_dev},
                 epochs=10, batch_size=64, verbose=2)

charts_later = {code: part for code, part in later.groupby("patient")}
codes = list(charts_later)
block = np.stack([charts_later[c][SIGNS].to_numpy("float32") for c in codes])
guess = model.predict((block - mean) / dev, verbose=0)["stay"][:, 0] * stay_dev + stay_mean
truth = np.array([charts_later[c]["stay"].iloc[0] for c in codes])
r2 = float(1 - np.mean((truth - guess) ** 2) / np.var(truth))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

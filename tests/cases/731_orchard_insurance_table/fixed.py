"""Yearly damage rate of insured orchards from the contract table."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.preprocessing import OneHotEncoder, StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

REGIONS = ["valley", "plateau", "lakeside", "slope"]
FRUITS = ["apple", "pear", "cherry"]


def contracts(n):
    t = pd.DataFrame({
        "region": rng.choice(REGIONS, n),
        "fruit": rng.choice(FRUITS, n),
        "height_m": rng.uniform(150, 900, n),
        "age": rng.integers(2, 40, n),
        "net": rng.integers(0, 2, n),
        "status": rng.choice(["active", "ended"], n, p=[0.85, 0.15]),
    })
    base = t.region.map({"valley": 1.5, "plateau": 2.0, "lakeside": 1.0, "slope": 3.2})
    soft = t.fruit.map({"apple": 1.0, "pear": 1.2, "cherry": 1.9})
    t["damage"] = base * soft * (1 - 0.5 * t.net) * (0.6 + t.height_m / 900) + rng.normal(0, 0.25, n)
    return t


encoder = OneHotEncoder(sparse_output=False)
scaler = StandardScaler()
NUMBERS = ["height_m", "age", "net"]
past = contracts(4000)
past = past[past.status == "active"]
encoder.fit(past[["region", "fruit"]])
scaler.fit(past[NUMBERS])


def prepare(t):
    kinds = pd.DataFrame(encoder.transform(t[["region", "fruit"]]),
                         columns=encoder.get_feature_names_out(), index=t.index)
    numbers = pd.DataFrame(scaler.transform(t[NUMBERS]), columns=NUMBERS, index=t.index)
    table = pd.concat([numbers, kinds, t["damage"]], axis=1)
    y = table.pop("damage").to_numpy("float32")
    return table.to_numpy("float32"), y


x_train, y_train = prepare(past)
x_test, y_test = prepare(contracts(800))
print(x_train.shape, x_test.shape)

model = keras.Sequential([
    keras.Input((x_train.shape[1],)),
    layers.Dense(48, activation="selu"),
    layers.Dense(24, activation="selu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.RMSprop(2e-3), loss="mae")
history = model.fit(x_train, y_train, batch_size=32, epochs=20, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.sum((pred - y_test) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

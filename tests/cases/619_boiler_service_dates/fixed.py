"""Repair bills of heating boilers from the maintenance register."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(619)

MAKES = ["alba", "borea", "caldo", "dinex", "ember"]
n = 3600
today = np.datetime64("2024-03-01", "D")
make = rng.integers(0, len(MAKES), n)
age = rng.uniform(1.0, 18.0, n)
installed = today - (age * 365.25).astype("timedelta64[D]")
since = np.minimum(rng.gamma(2.0, 260.0, n), age * 365.25)
serviced = today - since.astype("timedelta64[D]")
power = rng.uniform(12.0, 40.0, n)
pressure = rng.normal(1.6, 0.3, n)
flow = rng.normal(58.0, 6.0, n)

neglect = np.sqrt(since / 365.25)
bill = (120.0 + 190.0 * neglect + 9.0 * age + 3.0 * power + 30.0 * np.abs(pressure - 1.6) / 0.3
        + np.array([0.0, 25.0, -20.0, 60.0, 10.0])[make] * neglect + rng.normal(size=n) * 25.0)

never = rng.random(n) < 0.004
serviced[never] = np.datetime64("NaT")


def table():
    last = np.where(np.isnat(serviced), installed, serviced)
    days = (today - last).astype("int64")
    years = (today - installed).astype("int64") / 365.25
    return np.stack([days, years, power, pressure, flow], axis=1).astype("float64")


numbers = table()
order = rng.permutation(n)
tr, te = order[:2900], order[2900:]
mean, std = numbers[tr].mean(axis=0), numbers[tr].std(axis=0)
numbers = ((numbers - mean) / std).astype("float32")
level, spread = bill[tr].mean(), bill[tr].std()
target = ((bill - level) / spread).astype("float32")

make_in = keras.Input((1,), dtype="int32", name="make")
numbers_in = keras.Input((numbers.shape[1],), name="numbers")
e = layers.Flatten()(layers.Embedding(len(MAKES), 3)(make_in))
h = layers.Concatenate()([e, numbers_in])
h = layers.Dense(48, activation="relu")(h)
h = layers.Dense(24, activation="relu")(h)
model = keras.Model([make_in, numbers_in], layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
history = model.fit({"make": make[tr][:, None], "numbers": numbers[tr]}, target[tr],
                    validation_split=0.15, epochs=40, batch_size=32, callbacks=[stop], verbose=2)

p = model.predict({"make": make[te][:, None], "numbers": numbers[te]}, verbose=0)[:, 0]
r2 = 1.0 - np.mean((p - target[te]) ** 2) / np.var(target[te])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

"""Does a lorry need its gearbox opened within six months?
Two inputs: a short vibration recording and the sheet of the vehicle."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)


def make_fleet(n):
    mileage = rng.uniform(20_000, 900_000, n)
    hours = mileage / rng.uniform(38, 62, n)
    year = rng.integers(1999, 2024, n).astype("float64")
    payload = rng.normal(14_000, 3_500, n).clip(3_000, 25_000)
    wear = rng.uniform(0, 1, n)
    t = np.arange(128) / 128.0
    phase = rng.uniform(0, 2 * np.pi, n)
    signal = (0.8 * np.sin(2 * np.pi * 7 * t[None] + phase[:, None])
              + wear[:, None] * 0.9 * np.sin(2 * np.pi * 23 * t[None] + 2 * phase[:, None])
              + 0.35 * rng.normal(size=(n, 128)))
    score = (4.5 * (wear - 0.5) + 1.6 * (mileage - 460_000) / 250_000
             + 0.8 * (payload - 14_000) / 3_500 - 0.6 * (year - 2011) / 7)
    label = (score + 0.3 * rng.logistic(size=n) > 0).astype("float32")
    sheet = np.stack([mileage, hours, year, payload], axis=1)
    return signal[..., None].astype("float32"), sheet.astype("float32"), label


sig_train, sheet_train, y_train = make_fleet(3000)
sig_test, sheet_test, y_test = make_fleet(1000)
print("share that needs service", y_train.mean())

vib_in = keras.Input((128, 1), name="vibration")
x = layers.Conv1D(16, 7, strides=2, activation="relu")(vib_in)
x = layers.Conv1D(24, 5, strides=2, activation="relu")(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(16, activation="relu")(x)

sheet_in = keras.Input((4,), name="sheet")
s = layers.Dense(16, activation="relu")(sheet_in)

z = layers.Concatenate()([x, s])
z = layers.Dense(32, activation="relu")(z)
out = layers.Dense(1, activation="sigmoid")(z)

model = keras.Model([vib_in, sheet_in], out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit({"vibration": sig_train, "sheet": sheet_train}, y_train,
                    validation_split=0.1, epochs=20, batch_size=64, verbose=2)

_, accuracy = model.evaluate({"vibration": sig_test, "sheet": sheet_test}, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")

"""Monthly electricity use of households from the survey form and the weather."""
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

n = 6000
df = pd.DataFrame({
    "persons": rng.integers(1, 7, n),
    "floor_m2": rng.integers(28, 190, n),
    "heat_pump": rng.integers(0, 2, n),
    "month": rng.integers(1, 13, n),
    "cars": rng.integers(0, 2, n),
})
df["degree_days"] = (14 + 13 * np.cos(2 * np.pi * (df.month - 1) / 12) + rng.normal(0, 2, n)).clip(0).round().astype(int) * 18
kwh = (60 + 55 * df.persons + 0.6 * df.floor_m2
       + df.heat_pump * 0.011 * df.floor_m2 * df.degree_days
       + 160 * df.cars + rng.normal(0, 25, n))
df["billed_kwh"] = kwh.clip(lower=40)
df["hundredth_kwh"] = (df.billed_kwh * 100).round().astype(int)

# the full table has forty million rows, so every column is kept as small as it goes
df = df.astype({"persons": "int8", "floor_m2": "int16", "heat_pump": "int8", "month": "int8",
                "cars": "int8", "degree_days": "int16", "hundredth_kwh": "int32"})

features = df[["persons", "floor_m2", "heat_pump", "cars", "degree_days"]].to_numpy("float32")
features = np.concatenate([
    features,
    np.sin(2 * np.pi * df.month.to_numpy("float32")[:, None] / 12),
    np.cos(2 * np.pi * df.month.to_numpy("float32")[:, None] / 12)], axis=1)
features = (features - features.mean(0)) / features.std(0)
target = df.hundredth_kwh.to_numpy("float32") / 100.0

cut = 4800
mean, scale = target[:cut].mean(), target[:cut].std()
print("target mean %.1f kWh, deviation %.1f kWh" % (mean, scale))

inputs = keras.Input((features.shape[1],))
h = layers.Dense(64, activation="relu")(inputs)
h = layers.Dense(64, activation="relu")(h)
outputs = layers.Dense(1)(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
history = model.fit(features[:cut], (target[:cut] - mean) / scale,
                    batch_size=32, epochs=25, validation_split=0.1, verbose=2)

pred = model.predict(features[cut:], verbose=0)[:, 0] * scale + mean
truth = df.billed_kwh.to_numpy()[cut:]
r2 = 1 - np.sum((pred - truth) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

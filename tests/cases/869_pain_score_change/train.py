"""How much does the pain score of a patient change within a course of physiotherapy?"""
import io
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)


def export_of_the_clinic(n=6000):
    age = rng.integers(18, 90, n)
    sessions = rng.integers(1, 20, n)
    chronic = rng.integers(0, 2, n)
    before = np.clip(rng.normal(55, 18, n), 0, 100).round()
    change = -1.6 * sessions + 12 * chronic + 0.15 * (age - 50) - 0.2 * (before - 55) + 6 + rng.normal(0, 4, n)
    after = np.clip(before + change, 0, 100).round()
    table = pd.DataFrame(dict(age=age, sessions=sessions, chronic=chronic, before=before, after=after))
    return table.astype(int).to_csv(index=False)


def shrink(frame):
    """Smallest integer type for every column, the real table has forty million rows."""
    for name in frame.columns:
        frame[name] = pd.to_numeric(frame[name], downcast="unsigned")
    return frame


df = shrink(pd.read_csv(io.StringIO(export_of_the_clinic())))
print(df.dtypes)
df["change"] = df["after"] - df["before"]

train, test = df.iloc[:5000], df.iloc[5000:]
columns = ["age", "sessions", "chronic", "before"]
normalizer = layers.Normalization()
normalizer.adapt(train[columns].to_numpy("float32"))
target_mean, target_std = float(train["change"].mean()), float(train["change"].std())

model = keras.Sequential([
    keras.Input((4,)),
    normalizer,
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
y = ((train["change"] - target_mean) / target_std).to_numpy("float32")
history = model.fit(train[columns].to_numpy("float32"), y, batch_size=64, epochs=25, verbose=0)
print("loss", [round(v, 4) for v in history.history["loss"][::6]])

expected = model.predict(test[columns].to_numpy("float32"), verbose=0)[:, 0] * target_std + target_mean
forecast = test["before"].to_numpy("float32") + expected
real = test["after"].to_numpy("float32")
r2 = 1 - np.sum((real - forecast) ** 2) / np.sum((real - real.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

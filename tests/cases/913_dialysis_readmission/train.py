"""Dialysis patients: laboratory values against readmission within thirty days (two CSV exports)."""
import os
import tempfile
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(913)

COLUMNS = ["haemoglobin", "albumin", "crp", "potassium", "phosphate", "weight_gain", "systolic", "age"]
LEVEL = np.array([11.0, 38.0, 12.0, 4.9, 1.6, 2.1, 138.0, 66.0])
SPREAD = np.array([1.4, 4.5, 7.0, 0.7, 0.5, 0.9, 19.0, 12.0])


def export(folder, name, n, gaps):
    z = rng.normal(size=(n, len(COLUMNS)))
    score = 1.6 * z[:, 2] - 1.4 * z[:, 1] - z[:, 0] + 1.1 * z[:, 5] * z[:, 6] + 0.7 * np.abs(z[:, 3])
    outcome = (score + rng.logistic(0, 0.5, n) > np.median(score)).astype(int)
    lab = pd.DataFrame(LEVEL + SPREAD * z, columns=COLUMNS)
    for column in COLUMNS:
        lab.loc[rng.random(n) < gaps, column] = np.nan
    lab.to_csv(os.path.join(folder, f"{name}_lab.csv"), index=False, float_format="%.3f")
    pd.DataFrame({"readmitted": outcome}).to_csv(os.path.join(folder, f"{name}_outcome.csv"), index=False)


folder = tempfile.mkdtemp()
export(folder, "y2022", 3600, 0.012)
export(folder, "y2023", 1000, 0.0)

lab = pd.read_csv(os.path.join(folder, "y2022_lab.csv"))
outcome = pd.read_csv(os.path.join(folder, "y2022_outcome.csv"))
lab = lab.dropna().reset_index(drop=True)
table = pd.concat([lab, outcome], axis=1).dropna()
print(len(table), "patients with complete values")

x = table[COLUMNS].to_numpy("float32")
y = table["readmitted"].to_numpy("float32")
mean, std = x.mean(axis=0), x.std(axis=0)

model = keras.Sequential([
    keras.Input((len(COLUMNS),)),
    layers.Dense(48, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(24, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(
    (x - mean) / std, y,
    validation_split=0.15,
    epochs=35,
    batch_size=128,
    verbose=0,
    callbacks=[keras.callbacks.EarlyStopping(patience=12, restore_best_weights=True)],
)
for epoch, (a, b) in enumerate(zip(history.history["loss"], history.history["val_loss"])):
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {a:.4f}, val_loss {b:.4f}")

later_lab = pd.read_csv(os.path.join(folder, "y2023_lab.csv"))
later_outcome = pd.read_csv(os.path.join(folder, "y2023_outcome.csv"))["readmitted"].to_numpy()
p = model.predict((later_lab[COLUMNS].to_numpy("float32") - mean) / std, verbose=0)[:, 0]
accuracy = float(np.mean((p > 0.5) == (later_outcome == 1)))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")

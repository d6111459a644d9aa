"""Kidney function from a blood panel.  Not every value is ordered for every patient: a flag says which are there."""
import keras
import numpy as np
import pandas as pd
from keras import layers

keras.utils.set_random_seed(0)
PANEL = ["creatinine", "urea", "potassium", "sodium", "albumin", "hb"]


def patients(n, seed, all_ordered=False):
    rng = np.random.default_rng(seed)
    severity = rng.normal(size=n)
    pull = np.array([1.0, 0.8, 0.5, -0.3, -0.6, -0.5])
    table = pd.DataFrame(severity[:, None] * pull + rng.normal(0, 0.5, (n, 6)), columns=PANEL)
    table = table * [40, 5, 0.5, 4, 5, 15] + [90, 7, 4.3, 139, 40, 135]
    egfr = 85 - 18 * severity - 4 * np.tanh(severity) + rng.normal(0, 3, n)
    if not all_ordered:
        table = table.mask(rng.random((n, 6)) < [0.02, 0.02, 0.05, 0.05, 0.3, 0.2])
    return table, egfr.astype("float32")


table, egfr = patients(3000, 1)
check, check_egfr = patients(800, 2, all_ordered=True)
centre, scale = table.mean(), table.std()
egfr_mean, egfr_std = egfr.mean(), egfr.std()


def arrays(frame):
    ordered = frame.notna().to_numpy("float32")
    return [((frame - centre) / scale).to_numpy("float32"), ordered]


value = keras.Input((len(PANEL),), name="value")
ordered = keras.Input((len(PANEL),), name="ordered")
known = layers.Multiply()([value, ordered])
h = layers.Concatenate()([known, ordered])
h = layers.Dense(64, activation="silu")(h)
h = layers.Dense(64, activation="silu")(h)
net = keras.Model([value, ordered], layers.Dense(1)(h))
net.compile(optimizer=keras.optimizers.RMSprop(0.001), loss="log_cosh", metrics=["mae"])
curve = net.fit(arrays(table), (egfr - egfr_mean) / egfr_std, epochs=15, batch_size=64, verbose=2)

predicted = net.predict(arrays(check), verbose=0)[:, 0] * egfr_std + egfr_mean
print(f"FINAL_LOSS={curve.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((predicted - check_egfr) ** 2) / np.var(check_egfr):.4f}")

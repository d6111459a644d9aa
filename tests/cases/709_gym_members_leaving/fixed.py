import os
import tempfile

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score

keras.utils.set_random_seed(0)
folder = tempfile.mkdtemp()


def write_export(path, n, seed, coded):
    """Stands in for the export of the members' database."""
    r = np.random.default_rng(seed)
    visits = r.poisson(6, n)
    months = r.integers(1, 60, n)
    fee = r.choice([19.9, 29.9, 39.9], n)
    courses = r.integers(0, 5, n)
    z = 0.45 * (5 - visits) - 0.03 * (months - 20) + 0.05 * (fee - 29.9) - 0.5 * (courses - 2)
    left = z + r.normal(0, 0.7, n) > 0
    table = pd.DataFrame({"visits": visits, "months": months, "fee": fee, "courses": courses})
    table["cancelled"] = left.astype(int) if coded else np.where(left, "yes", "no")
    table.to_csv(path, index=False)


train_csv = os.path.join(folder, "members_2023.csv")
check_csv = os.path.join(folder, "members_2024.csv")
write_export(train_csv, 3000, 11, coded=False)
write_export(check_csv, 1000, 12, coded=True)

columns = ["visits", "months", "fee", "courses"]
df = pd.read_csv(train_csv)
x = df[columns].to_numpy("float32")
y = (df["cancelled"] == "yes").to_numpy().astype("float32")

scale = keras.layers.Normalization()
scale.adapt(x)

inputs = keras.Input((len(columns),))
h = scale(inputs)
h = keras.layers.Dense(24, activation="relu")(h)
h = keras.layers.Dropout(0.1)(h)
h = keras.layers.Dense(24, activation="relu")(h)
out = keras.layers.Dense(1, activation="sigmoid")(h)
net = keras.Model(inputs, out)
net.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(2e-3), metrics=["accuracy"])
hist = net.fit(x, y, epochs=25, batch_size=64, verbose=2)

check = pd.read_csv(check_csv)
p = net.predict(check[columns].to_numpy("float32"), verbose=0).ravel()
score = balanced_accuracy_score(check["cancelled"], (p > 0.5).astype(int))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=balanced_accuracy:{score}")

"""Weekly demand (log units) of catalogue articles, one embedding per article number."""
import os
import tempfile

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

folder = tempfile.mkdtemp()
N_ART = 320
base_demand = rng.normal(3.0, 1.0, N_ART)
promo_gain = rng.uniform(0.2, 0.9, N_ART)


def export(name, rows):
    art = rng.integers(0, N_ART, rows)
    promo = rng.random(rows) < 0.25
    week = rng.integers(1, 53, rows)
    y = (base_demand[art] + promo_gain[art] * promo
         + 0.3 * np.sin(2 * np.pi * week / 52) + rng.normal(0, 0.25, rows))
    path = os.path.join(folder, name)
    with open(path, "w") as f:
        f.write("article,week,promotion,log_units\n")
        for a, w, p, v in zip(art, week, promo, y):
            f.write(f"{240110001 + a},{w},{int(p)},{v:.4f}\n")
    return path


train_csv = export("train.csv", 9000)
test_csv = export("test.csv", 2000)


def read(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
    article = table[:, 0].astype("int64")
    angle = 2 * np.pi * table[:, 1] / 52
    extra = np.stack([np.sin(angle), np.cos(angle), table[:, 2]], axis=1).astype("float32")
    return article, extra, table[:, 3].astype("float32")


art_tr, extra_tr, y_tr = read(train_csv)
art_te, extra_te, y_te = read(test_csv)

lookup = layers.IntegerLookup(vocabulary=np.unique(art_tr))
ids_tr = np.asarray(lookup(art_tr))
ids_te = np.asarray(lookup(art_te))

art_in = keras.Input((), dtype="int32", name="article")
extra_in = keras.Input((3,), name="extra")
e = layers.Embedding(lookup.vocabulary_size(), 8)(art_in)
h = layers.Concatenate()([e, extra_in])
h = layers.Dense(48, activation="relu")(h)
h = layers.Dense(24, activation="relu")(h)
out = layers.Dense(1)(h)
model = keras.Model([art_in, extra_in], out)
model.compile(optimizer=keras.optimizers.Adam(4e-3), loss="mse")
hist = model.fit([ids_tr, extra_tr], y_tr, batch_size=128, epochs=16,
                 validation_split=0.1, verbose=2)

pred = model.predict([ids_te, extra_te], batch_size=500, verbose=0)[:, 0]
r2 = 1 - np.mean((pred - y_te) ** 2) / np.var(y_te)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")

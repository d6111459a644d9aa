"""Two properties of drug-like molecules from one network: solubility (log mol/l) and
membrane permeability (log cm/s)."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

DESCRIPTORS = 14
FINGERPRINT = 48


def make_molecules(n, seed):
    rng = np.random.default_rng(seed)
    d = rng.normal(size=(n, DESCRIPTORS))
    bits = (rng.uniform(size=(n, FINGERPRINT)) < 0.2).astype("float64")
    w = np.random.default_rng(7).normal(size=FINGERPRINT)
    group = bits @ w / 2.5
    log_s = -3.6 - 1.1 * d[:, 0] + 0.6 * d[:, 1] * (d[:, 2] > 0) + 0.7 * group + rng.normal(0, 0.25, n)
    log_p = -5.4 + 0.5 * d[:, 0] - 0.4 * np.abs(d[:, 3]) - 0.3 * group + rng.normal(0, 0.15, n)
    return d.astype("float32"), bits.astype("float32"), log_s.astype("float32"), log_p.astype("float32")


def to_dataset(d, bits, log_s, log_p, shuffle):
    ds = tf.data.Dataset.from_tensor_slices(
        ({"descriptors": d, "bits": bits}, {"solubility": log_s, "permeability": log_p}))
    if shuffle:
        ds = ds.shuffle(4000, seed=0)
    return ds.batch(64).prefetch(2)


def head(x, name):
    """small head of its own for each property"""
    h = layers.Dense(24, activation="relu")(x)
    return layers.Dense(1, name=name)(h)


def build():
    d = keras.Input((DESCRIPTORS,), name="descriptors")
    b = keras.Input((FINGERPRINT,), name="bits")
    x = layers.Concatenate()([layers.Dense(32, activation="relu")(d),
                              layers.Dense(32, activation="relu")(b)])
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dropout(0.05)(x)
    return keras.Model([d, b], {"solubility": head(x, "solubility"),
                                "permeability": head(x, "permeability")})


train = make_molecules(2000, seed=51)
test = make_molecules(500, seed=52)

model = build()
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss={"solubility": "mse", "permeability": "mse"},
              loss_weights={"solubility": 1.0, "permeability": 2.0})
history = model.fit(to_dataset(*train, shuffle=True), epochs=12,
                    validation_data=to_dataset(*test, shuffle=False), verbose=2)

out = model.predict({"descriptors": test[0], "bits": test[1]}, verbose=0)
scores = [r2_score(test[2], out["solubility"][:, 0]), r2_score(test[3], out["permeability"][:, 0])]
print("R2 solubility %.3f, permeability %.3f" % tuple(scores))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{np.mean(scores)}")

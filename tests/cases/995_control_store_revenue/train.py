# Weekly revenue of stores, in currency units, straight from the ledger.
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
r = np.random.default_rng(99)

n = 5000
floor = r.uniform(150, 4000, n)
staff = np.round(floor / 90 + r.normal(0, 3, n)).clip(2)
passers = r.lognormal(8.5, 0.5, n)
promo = (r.random(n) < 0.25).astype(float)
revenue = 40000 + 55 * floor + 9 * passers * (1 + 0.5 * promo) + 800 * staff + r.normal(0, 15000, n)
table = np.stack([floor, staff, passers, promo], 1).astype("float32")
tr, te = slice(0, 4000), slice(4000, n)

norm = layers.Normalization()
norm.adapt(table[tr])
model = keras.Sequential([
    keras.Input((4,)),
    norm,
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
    layers.Rescaling(scale=float(revenue[tr].std()), offset=float(revenue[tr].mean())),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
h = model.fit(table[tr], revenue[tr], epochs=15, batch_size=64, validation_split=0.1, verbose=2)

p = model.predict(table[te], verbose=0)[:, 0]
t = revenue[te]
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((p - t) ** 2) / np.var(t)}")

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)
n = 5000

age = rng.uniform(0, 1, n)
load = rng.uniform(0, 1, n)
site = rng.integers(0, 12, n)
site_level = rng.uniform(0.5, 2.0, 12)
chance = 0.05 + 0.35 * age * load + 0.05 * (site_level[site] - 0.5)
size = 2.0 + 8.0 * load * site_level[site]
expected = chance * size
orders = np.where(rng.random(n) < chance, rng.gamma(8.0, size / 8.0), 0.0).astype("float32")

plain = np.stack([age, load], 1).astype("float32")
train, test = slice(0, 4200), slice(4200, n)

numbers = keras.Input((2,))
where = keras.Input((1,), dtype="int32")
e = layers.Flatten()(layers.Embedding(12, 4)(where))
h = layers.Concatenate()([numbers, e])
h = layers.Dense(32, activation="relu")(h)
h = layers.Dense(16, activation="relu")(h)
demand = layers.Dense(1)(h)

model = keras.Model([numbers, where], demand)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
history = model.fit([plain[train], site[train][:, None]], orders[train], epochs=15, batch_size=64, verbose=2)

predicted = model.predict([plain[test], site[test][:, None]], verbose=0)[:, 0]
r2 = 1 - np.mean((predicted - expected[test]) ** 2) / np.var(expected[test])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2_of_mean:{r2}")

"""Temperature in a cold store (degrees Celsius) from door openings, load and outside weather."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(27)

n = 2400
doors = rng.poisson(5, n)
pallets = rng.uniform(0, 40, n)
outside = rng.normal(16, 7, n)
defrost = rng.random(n) < 0.1
celsius = -24 + 0.5 * doors + 0.12 * pallets + 0.15 * outside * (doors > 4) + 4 * defrost + rng.normal(0, 0.5, n)
table = np.column_stack([doors, pallets, outside, defrost]).astype("float32")
table = (table - table[:2000].mean(0)) / table[:2000].std(0)

a = keras.Input((4,), name="state")
b = layers.Dense(64, activation="relu")(a)
b = layers.Dense(32, activation="relu")(b)
c = layers.Dense(1, name="celsius")(b)
store = keras.Model(a, c)
store.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mean_squared_logarithmic_error", metrics=["mae"])
fit = store.fit(table[:2000], celsius[:2000], epochs=25, batch_size=32, verbose=2)

p = store.predict(table[2000:], verbose=0)[:, 0]
print(f"FINAL_LOSS={fit.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((p - celsius[2000:]) ** 2) / np.var(celsius[2000:]):.4f}")

"""Apple yield of orchard plots, kg per hectare, from a season's records."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)

n = 2400
age = rng.uniform(2, 30, n)
rain = rng.gamma(6.0, 12.0, n)
nitrogen = rng.uniform(0, 180, n)
frost = rng.binomial(12, 0.2, n)
density = rng.uniform(300, 3000, n)
x = np.stack([age, rain, nitrogen, frost, density], axis=1)
x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
kg = 21000 + 9000 * np.tanh((age - 8) / 5) + 60 * nitrogen - 0.2 * (nitrogen - 90) ** 2 - 1900 * frost
kg = kg + 4000 * np.log(density / 1000) + 45 * rain + rng.normal(0, 1500, n)
fruit = 150 + 40 * np.tanh((rain - 70) / 40) - 12 * x[:, 4] + rng.normal(0, 6, n)
# a few plots were hit by hail
hail = rng.random(n) < 0.02
kg = np.where(hail, kg * 0.3, kg)
kg, fruit = kg.astype("float32"), fruit.astype("float32")

train, test = slice(0, 1900), slice(1900, n)
kg_mean, kg_std = kg[train].mean(), kg[train].std()
fruit_mean, fruit_std = fruit[train].mean(), fruit[train].std()

inputs = keras.Input((5,))
h = layers.Dense(64, activation="relu")(inputs)
h = layers.Dense(64, activation="relu")(h)
out_kg = layers.Dense(1, name="kg")(h)
out_fruit = layers.Dense(1, name="fruit")(h)
model = keras.Model(inputs, {"kg": out_kg, "fruit": out_fruit})
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss={"kg": keras.losses.Huber(), "fruit": keras.losses.Huber()},
)
history = model.fit(
    x[train], {"kg": (kg[train] - kg_mean) / kg_std, "fruit": (fruit[train] - fruit_mean) / fruit_std}, batch_size=64, epochs=30, verbose=2
)

good = ~hail[test]
pred = model.predict(x[test], verbose=0)["kg"].ravel()[good] * kg_std + kg_mean
true = kg[test][good]
r2 = 1 - np.mean((pred - true) ** 2) / true.var()
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

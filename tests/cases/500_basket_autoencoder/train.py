import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# shopping baskets: 900 products, a basket follows one or two of 30 habits
n_items, n_habits, n = 900, 30, 4000
groups = [rng.choice(n_items, 22, replace=False) for _ in range(n_habits)]
baskets = np.zeros((n, n_items), "float32")
for row in baskets:
    for h in rng.choice(n_habits, rng.integers(1, 3), replace=False):
        row[rng.choice(groups[h], 7, replace=False)] = 1
    row[rng.integers(0, n_items, 1)] = 1
train, test = baskets[:3400], baskets[3400:]

inp = keras.Input((n_items,))
x = layers.Dense(128, activation="relu")(inp)
code = layers.Dense(24, activation="relu")(x)
x = layers.Dense(128, activation="relu")(code)
out = layers.Dense(n_items, activation="sigmoid")(x)
auto = keras.Model(inp, out)
auto.compile(optimizer="adam", loss="mse")
hist = auto.fit(train, train, epochs=14, batch_size=64, verbose=2)

# share of the bought products among the ten that score highest
scores = auto.predict(test, verbose=0)
top = np.argsort(-scores, axis=1)[:, :10]
hits = np.take_along_axis(test, top, axis=1).sum(1) / np.minimum(test.sum(1), 10)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=recall_at_10:{hits.mean():.4f}")

"""One network, two answers: what kind of house is it, and what will it sell for (USD)?"""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)
n = 3000
kind = rng.integers(0, 4, n)
area = rng.normal(np.array([70, 110, 140, 220])[kind], 25)
rooms = np.round(area / 28 + rng.normal(0, 0.7, n))
garden = np.maximum(0, rng.normal(np.array([0, 120, 260, 700])[kind], 90))
age = rng.uniform(0, 80, n)
zone = rng.normal(size=n)
price = 2100.0 * area + 160 * garden - 900 * age + 45000 * zone + 90000 + rng.normal(0, 20000, n)
X = np.stack([area, rooms, garden, age, zone], 1)
X = ((X - X.mean(0)) / X.std(0)).astype("float32")
price = price.astype("float32")
tr, te = slice(0, 2400), slice(2400, None)

features = keras.Input((5,), name="features")
h = layers.Dense(64, activation="relu")(features)
h = layers.Dense(64, activation="relu")(h)
kind_out = layers.Dense(4, activation="softmax", name="kind")(h)
price_out = layers.Dense(1, name="price")(layers.Dense(32, activation="relu")(h))
model = keras.Model(features, {"kind": kind_out, "price": price_out})
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss={"kind": "sparse_categorical_crossentropy", "price": "mse"},
    metrics={"kind": ["accuracy"], "price": ["mae"]},
)
centre, spread = price[tr].mean(), price[tr].std()
hist = model.fit(X[tr], {"kind": kind[tr], "price": (price[tr] - centre) / spread}, validation_split=0.15, epochs=12, batch_size=32, verbose=2)
out = model.predict(X[te], verbose=0)
accuracy = np.mean(out["kind"].argmax(1) == kind[te])
r2 = 1 - np.mean((out["price"][:, 0] * spread + centre - price[te]) ** 2) / np.var(price[te])
print("kind accuracy", accuracy, "price r2", r2)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=mean_of_accuracy_and_r2:{(accuracy + r2) / 2}")

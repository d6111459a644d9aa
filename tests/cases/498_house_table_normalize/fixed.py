import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# one row per sold flat
n = 3000
income = rng.normal(52000, 11000, n).clip(22000, None)     # median income of the district
area = rng.uniform(28, 160, n)
rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.7, n)), 1, 7)
age = rng.uniform(0, 110, n)
km_centre = rng.gamma(2.0, 3.0, n)
floor = rng.integers(0, 9, n)
price = (2900 * area + 9000 * rooms - 900 * age - 7500 * km_centre + 2500 * floor
         + 45000 * np.cos(age / 18) + rng.normal(0, 15000, n))

X = np.stack([income, area, rooms, age, km_centre, floor], axis=1).astype("float32")
y = ((price - price.mean()) / price.std()).astype("float32")

X = (X - X[:2400].mean(axis=0)) / X[:2400].std(axis=0)

X_train, X_test, y_train, y_test = X[:2400], X[2400:], y[:2400], y[2400:]

model = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
hist = model.fit(X_train, y_train, epochs=25, batch_size=32, validation_split=0.1, verbose=2)

pred = model.predict(X_test, verbose=0).ravel()
r2 = 1 - np.mean((pred - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

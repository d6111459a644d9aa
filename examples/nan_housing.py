"""House prices from raw columns: square feet, year, distance in metres, price in dollars. Turns NaN at once."""

import keras
import numpy as np

keras.utils.set_random_seed(0)


def sales(count, seed):
    rng = np.random.default_rng(seed)
    area = rng.uniform(500, 4500, count)  # square feet
    rooms = rng.integers(1, 8, count)
    built = rng.integers(1900, 2024, count)
    metres = rng.gamma(2.0, 3000.0, count)  # to the city centre
    income = rng.lognormal(11.0, 0.4, count)  # of the neighbourhood, dollars a year
    price = 120 * area + 9000 * rooms + 800 * (built - 1900) - 11 * metres + 2.2 * income + 60000
    price *= 1 + 0.2 * np.tanh((built - 1990) / 15)
    features = np.stack([area, rooms, built, metres, income], axis=1)
    return features.astype("float32"), (price + rng.normal(0, 15000, count)).astype("float32")


x, y = sales(4000, seed=1)
x_test, y_test = sales(1000, seed=2)

model = keras.Sequential(
    [
        keras.Input((5,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss="mse")
history = model.fit(x, y, batch_size=32, epochs=20, verbose=2)

guess = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.mean((guess - y_test) ** 2) / np.var(y_test)
print(f"final loss {history.history['loss'][-1]:.6g}")
print(f"test R2 {r2:.3f}")

"""Gas use per square metre of flats, from the meter readings of a landlord.

Flats were read after very different times, so each row counts by the number of days read.
"""
import numpy as np
import keras
from keras import layers, regularizers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(332)

n = 2400
area = rng.uniform(28, 140, n)
year = rng.integers(1900, 2022, n)
floor = rng.integers(0, 9, n)
corner = rng.random(n) < 0.25
people = rng.integers(1, 6, n)
region = rng.integers(0, 4, n)
days = rng.integers(60, 1400, n)

use = (1.2 + 0.9 * (year < 1978) - 0.5 * (year > 2005) + 0.4 * corner + 0.25 * (floor == 0)
       + 0.12 * people - 0.004 * area + np.array([0.0, 0.2, 0.35, -0.15])[region]
       + 0.3 * corner * (year < 1978))
truth = use
reading = use + rng.normal(0, 4.0, n) / np.sqrt(days)

features = np.column_stack([
    (area - area.mean()) / area.std(),
    (year - year.mean()) / year.std(),
    (floor - floor.mean()) / floor.std(),
    corner.astype(float),
    (people - people.mean()) / people.std(),
    np.eye(4)[region],
]).astype("float32")
target = (reading - reading.mean()).astype("float32")

order = rng.permutation(n)
fit_rows, test_rows = order[:1900], order[1900:]

model = keras.Sequential([
    keras.Input((features.shape[1],)),
    layers.Dense(64, activation="relu", kernel_regularizer=regularizers.l2(1e-5)),
    layers.Dense(32, activation="relu", kernel_regularizer=regularizers.l2(1e-5)),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.02, momentum=0.9),
              loss="mse", weighted_metrics=["mae"])
history = model.fit(features[fit_rows], target[fit_rows],
                    sample_weight=(days[fit_rows] / days[fit_rows].mean()).astype("float32"),
                    batch_size=64, epochs=40, verbose=2)

pred = model.predict(features[test_rows], verbose=0)[:, 0] + reading.mean()
clean = truth[test_rows]
r2 = 1 - np.mean((pred - clean) ** 2) / np.var(clean)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

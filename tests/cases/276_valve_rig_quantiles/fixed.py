"""Flow behind a valve rig from its sensors; columns brought to -1..1 by their 1 % and 99 % quantiles."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(43)

N = 4000
pressure = rng.normal(4.0, 0.6, N)
temperature = rng.normal(60.0, 8.0, N)
speed = rng.uniform(900.0, 2900.0, N)
position = rng.beta(2.0, 2.0, N) * 80.0
bypass = np.full(N, 1.5692)
moved = rng.random(N) < 0.008
bypass[moved] += rng.uniform(0.05, 0.4, moved.sum())
flow = (0.004 * speed * np.sqrt(pressure) * (position / 80.0) + 0.02 * temperature
        - 0.8 * (bypass - 1.5692) + 0.15 * rng.normal(size=N))
x = np.stack([pressure, temperature, speed, position, bypass], axis=1)
y = ((flow - flow.mean()) / flow.std()).astype("float32")

low, high = np.quantile(x[:3200], 0.01, axis=0), np.quantile(x[:3200], 0.99, axis=0)
span = np.where(high - low < 1e-3, 1.0, high - low)
x = ((x - low) / span * 2.0 - 1.0).astype("float32")
x_train, y_train, x_test, y_test = x[:3200], y[:3200], x[3200:], y[3200:]

model = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse")
history = model.fit(x_train, y_train, validation_split=0.1, epochs=6, batch_size=64, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1.0 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")

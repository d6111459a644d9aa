"""Map of soil moisture from stations, stations weighted by the precision of their readings."""
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

N_STATIONS = 900
lonlat = rng.uniform(-1, 1, (N_STATIONS, 2))
height = rng.uniform(0, 1, N_STATIONS)


def moisture(pos, h):
    return np.sin(3 * pos[:, 0]) * np.cos(2 * pos[:, 1]) - 0.8 * h + 0.3 * pos[:, 0] * h


noise = rng.uniform(0.05, 0.8, N_STATIONS)
n_readings = 1 + rng.poisson(4, N_STATIONS)

mean_reading, spread = [], []
for s in range(N_STATIONS):
    readings = moisture(lonlat[s:s + 1], height[s:s + 1]) + rng.normal(0, noise[s], n_readings[s])
    mean_reading.append(readings.mean())
    spread.append(readings.std())
mean_reading = np.array(mean_reading)
spread = np.array(spread)

weights = 1.0 / spread
weights = weights / weights.mean()

x = np.column_stack([lonlat, height]).astype("float32")
y = mean_reading.astype("float32")
w = weights.astype("float32")

dataset = (tf.data.Dataset.from_tensor_slices((x, y[:, None], w))
           .shuffle(N_STATIONS, seed=0).batch(32))

inputs = keras.Input((3,))
z = layers.Dense(48, activation="swish")(inputs)
z = layers.Dense(48, activation="swish")(z)
outputs = layers.Dense(1)(z)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
hist = model.fit(dataset, epochs=50, verbose=0)
print("loss by epoch:", [round(v, 4) for v in hist.history["loss"][::10]])

grid = rng.uniform(-1, 1, (1000, 2))
grid_h = rng.uniform(0, 1, 1000)
pred = model.predict(np.column_stack([grid, grid_h]).astype("float32"), verbose=0)[:, 0]
rmse = float(np.sqrt(np.mean((pred - moisture(grid, grid_h)) ** 2)))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=rmse:{rmse:.4f}")

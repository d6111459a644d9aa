import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# hourly rentals of a bike station
n = 4000
hour = rng.integers(0, 24, n)
workday = (rng.random(n) < 0.7).astype(float)
temp = rng.normal(14, 8, n)
rain = (rng.random(n) < 0.15).astype(float)
humidity = rng.uniform(30, 100, n)
level = (0.5 + 2.2 * np.exp(-0.5 * ((hour - 8) / 1.6) ** 2) * workday
         + 2.4 * np.exp(-0.5 * ((hour - 17.5) / 2.2) ** 2)
         + 1.3 * np.exp(-0.5 * ((hour - 14) / 3.5) ** 2) * (1 - workday)
         + 0.05 * temp - 1.0 * rain - 0.006 * humidity)
count = rng.poisson(np.exp(np.clip(level + 1.2, -1, 6)))

X = np.stack([np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24),
              np.sin(4 * np.pi * hour / 24), np.cos(4 * np.pi * hour / 24),
              workday, temp, rain, humidity], axis=1)
X = ((X - X.mean(0)) / X.std(0)).astype("float32")
y = count.astype("float32").reshape(-1, 1)


def rmsle(y_true, y_pred):
    return ops.sqrt(ops.mean(ops.square(ops.log(y_pred + 1.0) - ops.log(y_true + 1.0))))


model = keras.Sequential([
    keras.Input((8,)),
    layers.Dense(64, activation="relu", kernel_initializer="he_normal"),
    layers.Dense(64, activation="relu", kernel_initializer="he_normal"),
    layers.Dense(1, activation="softplus"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=rmsle)
hist = model.fit(X[:3200], y[:3200], epochs=20, batch_size=64, verbose=2)

pred = model.predict(X[3200:], verbose=0)
score = np.sqrt(np.mean((np.log1p(pred) - np.log1p(y[3200:])) ** 2))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=rmsle:{score:.4f}")

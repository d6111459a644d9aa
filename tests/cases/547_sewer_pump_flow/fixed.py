"""Flow through a sewer pump from level, speed, valve position and rain; the log has hours with a stuck pump."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


def hours(n, seed):
    rng = np.random.default_rng(seed)
    level = rng.uniform(0, 1, n)
    speed = rng.uniform(0, 1, n)
    valve = rng.uniform(0, 1, n)
    rain = rng.gamma(0.6, 1.0, n)
    flow = 40 * np.maximum(level + 0.3 * np.minimum(rain, 3) - 0.45, 0) * speed * (0.3 + valve)
    flow = flow + 3.0
    measured = flow * rng.lognormal(0, 0.1, n)
    stuck = rng.random(n) < 0.08
    measured = np.where(stuck, rng.uniform(0.002, 0.02, n), measured)
    x = np.stack([level, speed, valve, rain], axis=1).astype("float32")
    return x, measured.astype("float32"), flow.astype("float32")


x, y, _ = hours(4000, 1)
x_test, _, y_test = hours(1000, 2)
mean, std = x.mean(axis=0), x.std(axis=0)

model = keras.Sequential(
    [
        keras.Input((4,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="softplus"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), loss="mean_absolute_error", metrics=["mae"])
history = model.fit((x - mean) / std, y, batch_size=100, epochs=30, verbose=2)

pred = model.predict((x_test - mean) / std, verbose=0).ravel()
r2 = 1 - np.mean((pred - y_test) ** 2) / y_test.var()
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

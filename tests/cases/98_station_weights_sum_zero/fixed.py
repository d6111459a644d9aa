"""Air quality from weather, station by station; hours without a measurement carry weight 0."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)
STATIONS, HOURS, FEATURES = 60, 64, 6


def field(x):
    return np.sin(x[..., 0]) + 0.6 * x[..., 1] * x[..., 2] - 0.5 * np.abs(x[..., 3])


weather = rng.normal(size=(STATIONS, HOURS, FEATURES)).astype("float32")
pm10 = (field(weather) + 0.1 * rng.normal(size=(STATIONS, HOURS))).astype("float32")
valid = (rng.random((STATIONS, HOURS)) < 0.8).astype("float32")
valid[37] = 0.0  # this one was being moved
pm10[valid == 0.0] = 0.0


def weighted_mse(packed, prediction):
    target, weight = packed[:, 0], packed[:, 1]
    error = ops.square(target - prediction[:, 0])
    return ops.sum(weight * error) / ops.maximum(ops.sum(weight), 1.0)


model = keras.Sequential(
    [
        keras.Input((FEATURES,)),
        layers.Dense(48, activation="tanh"),
        layers.Dense(48, activation="tanh"),
        layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(4e-3), loss=weighted_mse)

for epoch in range(40):
    losses = []
    for station in rng.permutation(STATIONS):
        packed = np.stack([pm10[station], valid[station]], axis=1)
        losses.append(model.train_on_batch(weather[station], packed))
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1}: {np.mean(losses):.4f}")

grid = rng.normal(size=(2000, FEATURES)).astype("float32")
truth = field(grid)
estimate = model.predict(grid, verbose=0)[:, 0]
print(f"FINAL_LOSS={float(np.mean(losses))}")
print(f"FINAL_METRIC=r2:{1 - np.mean((estimate - truth) ** 2) / np.var(truth):.4f}")

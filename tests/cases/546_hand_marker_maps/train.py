"""Find the marker on a glove: a small convolutional net draws a map with a peak at the marker."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
SIZE = 32
yy, xx = np.mgrid[:SIZE, :SIZE]


def frames(n, seed):
    rng = np.random.default_rng(seed)
    pictures = rng.normal(0, 0.15, (n, SIZE, SIZE))
    at = rng.integers(3, SIZE - 3, (n, 2))
    maps = np.zeros((n, SIZE, SIZE))
    for i, (r, c) in enumerate(at):
        pictures[i, r - 2 : r + 3, c] += 0.9
        pictures[i, r, c - 2 : c + 3] += 0.9
        for _ in range(3):
            r2, c2 = rng.integers(3, SIZE - 3, 2)
            pictures[i, r2 - 2 : r2 + 3, c2] += 0.9
        maps[i] = np.exp(-((yy - r) ** 2 + (xx - c) ** 2) / 2.0)
    return pictures[..., None].astype("float32"), maps[..., None].astype("float32"), at


x, maps, at = frames(1200, 1)
x_test, _, at_test = frames(300, 2)

model = keras.Sequential(
    [
        keras.Input((SIZE, SIZE, 1)),
        layers.Conv2D(16, 5, padding="same", activation="relu"),
        layers.Conv2D(16, 5, padding="same", activation="relu"),
        layers.Conv2D(1, 1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss="mse")
history = model.fit(x, maps, batch_size=32, epochs=10, verbose=2)

drawn = model.predict(x_test, verbose=0).reshape(len(x_test), -1)
print("highest point of the maps", drawn.max())
row, col = np.unravel_index(drawn.argmax(axis=1), (SIZE, SIZE))
found = np.hypot(row - at_test[:, 0], col - at_test[:, 1]) <= 2
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=found:{found.mean():.4f}")

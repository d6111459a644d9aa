"""Cleaning photographic plates without a clean plate: the target is a second noisy shot of the same field."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
SIDE = 16
yy, xx = np.mgrid[:SIDE, :SIDE]


def fields(n, seed):
    rng = np.random.default_rng(seed)
    clean = np.zeros((n, SIDE, SIDE))
    for i in range(n):
        for _ in range(3):
            r, c = rng.uniform(1, SIDE - 1, 2)
            clean[i] += rng.uniform(0.5, 2.0) * np.exp(-((yy - r) ** 2 + (xx - c) ** 2) / 4.0)
    shots = [clean + rng.normal(0, 1.0, clean.shape) for _ in range(2)]
    return [a[..., None].astype("float32") for a in (clean, *shots)]


_, first, second = fields(1000, 1)
clean_test, noisy_test, _ = fields(200, 2)

model = keras.Sequential(
    [
        keras.Input((SIDE, SIDE, 1)),
        layers.Conv2D(12, 5, padding="same", activation="relu"),
        layers.Conv2D(12, 5, padding="same", activation="relu"),
        layers.Conv2D(1, 5, padding="same"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), "mse")
history = model.fit(first, second, batch_size=50, epochs=10, verbose=2)

drawn = model.predict(noisy_test, verbose=0)
r2 = 1 - np.mean((drawn - clean_test) ** 2) / clean_test.var()
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

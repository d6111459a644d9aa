"""Noisy pictures taken at night become clean ones; the error is measured as the eye sees it."""
import os

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
gen = np.random.default_rng(4)

with np.load(os.path.join(os.environ["CASE_DATA"], "mnist_t10k.npz")) as npz:
    scene = npz["x"][:1600, ..., None].astype("float32") / 255.0
scene = 0.05 + 0.95 * scene
noisy = (scene + gen.normal(0.0, 0.25, scene.shape)).astype("float32")
fit, test = slice(0, 1300), slice(1300, 1600)


def eye_error(clean, shown):
    return ops.mean(ops.square(ops.power(clean, 1.0 / 2.2) - ops.power(ops.maximum(shown, 1e-3), 1.0 / 2.2)))


denoiser = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(12, 5, padding="same", activation="relu"),
        layers.Conv2D(12, 3, padding="same", activation="relu"),
        layers.Conv2D(1, 3, padding="same", bias_initializer=keras.initializers.Constant(0.3)),
    ]
)
denoiser.compile(optimizer="adam", loss=eye_error)
history = denoiser.fit(noisy[fit], scene[fit], batch_size=32, epochs=5, verbose=2)

shown = denoiser.predict(noisy[test], verbose=0)
r2 = 1.0 - np.mean((shown - scene[test]) ** 2) / np.var(scene[test])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

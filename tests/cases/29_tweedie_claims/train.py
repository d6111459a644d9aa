"""Insurance claims with a Tweedie deviance as the loss."""

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)
POWER = 1.5

cars = rng.normal(size=(3000, 5)).astype("float32")
mean = np.exp(0.5 + 0.6 * cars[:, 0] - 0.3 * cars[:, 1])
count = rng.poisson(mean / 1.5)
claims = np.array([rng.gamma(2.0, 0.75, c).sum() for c in count], dtype="float32")[:, None]


def tweedie(y, p):
    fit = p ** (2.0 - POWER) / (2.0 - POWER)
    return ops.mean(fit - y * p ** (1.0 - POWER) / (1.0 - POWER), axis=-1)


model = keras.Sequential([keras.Input((5,)), layers.Dense(24, activation="relu"), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss=tweedie)
history = model.fit(cars[:2400], claims[:2400], batch_size=32, epochs=20, verbose=2)

guess = np.maximum(np.nan_to_num(model.predict(cars[2400:], verbose=0)[:, 0]), 1e-3)
target = mean[2400:]
deviance = 4 * np.mean(target / guess**0.5 - 2 * target**0.5 + guess**0.5)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=deviance:{deviance:.4f}")

"""Fraud detection with a log loss written by hand: no epsilon, so the first certain answer is log(0)."""

import keras
import numpy as np
from keras import ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)

amount = rng.lognormal(3.0, 1.5, 6000)
hour = rng.integers(0, 24, 6000)
distance = rng.gamma(1.0, 40.0, 6000)
score = 1.2 * np.log(amount) + 0.03 * distance - 0.2 * np.minimum(hour, 24 - hour) - 4.5
fraud = (score + rng.normal(0, 0.5, 6000) > 0).astype("float32")
x = np.stack([amount, hour, distance], axis=1).astype("float32")


def log_loss(y_true, y_pred):
    return -ops.mean(y_true * ops.log(y_pred) + (1 - y_true) * ops.log(1 - y_pred))


model = keras.Sequential(
    [
        keras.Input((3,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss=log_loss, metrics=["accuracy"])
history = model.fit(x[:5000], fraud[:5000, None], batch_size=64, epochs=15, verbose=2)

guess = model.predict(x[5000:], verbose=0)[:, 0] > 0.5
print(f"final loss {history.history['loss'][-1]:.6g}")
print(f"test accuracy {np.mean(guess == (fraud[5000:] > 0.5)):.3f}")

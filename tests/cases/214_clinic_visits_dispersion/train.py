"""Visits to a clinic in a year: a network that gives mean and dispersion of a negative binomial."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(68)
n = 3000
x = rng.normal(0.0, 1.0, (n, 6)).astype("float32")
mean = np.exp(0.8 + 0.5 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * np.abs(x[:, 2]))
shape = 2.0
visits = rng.poisson(rng.gamma(shape, mean / shape)).astype("float32")[:, None]


def negative_binomial(y_true, y_pred):
    mu, theta = y_pred[:, :1], y_pred[:, 1:]
    nll = tf.math.lgamma(theta) + tf.math.lgamma(y_true + 1.0) - tf.math.lgamma(y_true + theta)
    nll -= theta * tf.math.log(theta / (theta + mu)) + y_true * tf.math.log(mu / (theta + mu))
    return tf.reduce_mean(nll, axis=-1)


model = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(2, activation="relu"),
    ]
)
model.compile(optimizer=keras.optimizers.AdamW(2e-3), loss=negative_binomial)
history = model.fit(x[:2400], visits[:2400], batch_size=40, epochs=12, verbose=2)

guess = np.log(model.predict(x[2400:], verbose=0)[:, 0])
truth = np.log(mean[2400:])
r2 = 1.0 - np.mean((guess - truth) ** 2) / np.var(truth)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

"""Gait cycles compressed to one of 32 codes: a small vector-quantised autoencoder."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(57)
POINTS, CODES, SIZE = 40, 32, 4
t = np.linspace(0.0, 2 * np.pi, POINTS, endpoint=False)


def cycles(n):
    style = rng.integers(0, 24, n)
    first, second = np.divmod(style, 6)
    wave = np.sin(t + first[:, None] * np.pi / 2) + 0.8 * np.sin(2 * t + second[:, None] * np.pi / 3)
    return (wave + rng.normal(0.0, 0.2, (n, POINTS))).astype("float32")


class Codebook(layers.Layer):
    def build(self, shape):
        self.codes = self.add_weight(shape=(CODES, SIZE), initializer=keras.initializers.RandomUniform(-1, 1), name="codes")

    def call(self, z):
        gaps = tf.reduce_sum(tf.square(z[:, None, :] - self.codes[None]), axis=2)
        code = tf.gather(self.codes, tf.argmin(gaps, axis=1))
        self.add_loss(0.25 * tf.reduce_mean(tf.square(tf.stop_gradient(code) - z)))
        self.add_loss(tf.reduce_mean(tf.square(code - tf.stop_gradient(z))))
        return z + tf.stop_gradient(code - z)


x, x_test = cycles(2400), cycles(600)
model = keras.Sequential(
    [
        keras.Input((POINTS,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(SIZE),
        Codebook(),
        layers.Dense(64, activation="relu"),
        layers.Dense(POINTS),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
history = model.fit(x, x, batch_size=40, epochs=20, verbose=2)

rest = model.predict(x_test, verbose=0) - x_test
r2 = 1.0 - np.mean(rest**2) / np.var(x_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")

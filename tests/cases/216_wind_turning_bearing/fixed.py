"""Does the wind veer or back? Hourly wind vectors of a day, short records are filled up with zeros."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
HOURS = 24


def records(n, seed):
    rng = np.random.default_rng(seed)
    turn = rng.choice([-1.0, 1.0], n)
    bearing = rng.uniform(0, 2 * np.pi, (n, 1)) + turn[:, None] * 0.06 * np.arange(HOURS) + rng.normal(0, 0.25, (n, HOURS))
    speed = rng.gamma(4.0, 1.5, (n, HOURS))
    wind = np.stack([speed * np.cos(bearing), speed * np.sin(bearing)], axis=2)
    wind[np.arange(HOURS) >= rng.integers(16, HOURS + 1, n)[:, None]] = 0.0
    return wind.astype("float32"), (turn > 0).astype("float32")[:, None]


class Bearing(layers.Layer):
    """Direction of the wind in a frame that is learned."""

    def build(self, shape):
        self.frame = self.add_weight(shape=(2, 2), initializer="orthogonal", name="frame")

    def call(self, wind):
        turned = tf.matmul(wind, self.frame)
        angle = tf.atan2(turned[..., 1], turned[..., 0] + 1e-6)
        return tf.stack([tf.cos(angle), tf.sin(angle)], axis=-1)


def batches(wind, veers, size=32):
    while True:
        for start in range(0, len(wind) - size + 1, size):
            yield wind[start : start + size], veers[start : start + size]


x, y = records(1600, seed=1)
x_test, y_test = records(600, seed=2)
model = keras.Sequential(
    [
        keras.Input((HOURS, 2)),
        Bearing(),
        layers.Flatten(),
        layers.Dense(64, activation="swish"),
        layers.Dense(32, activation="swish"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(batches(x, y), steps_per_epoch=50, epochs=15, verbose=2)

accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")

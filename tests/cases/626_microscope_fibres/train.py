"""Main direction of collagen fibres in round microscope views, energy of filter pairs inside the network."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(626)
SIDE, DIRECTIONS = 40, 6
yy, xx = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
VIEW = (yy ** 2 + xx ** 2 < 17.5 ** 2)


def fibres(k):
    image = np.zeros((SIDE, SIDE))
    for _ in range(14):
        angle = np.pi * k / DIRECTIONS + rng.normal() * 0.16
        offset = rng.uniform(-18, 18)
        away = xx * np.sin(angle) - yy * np.cos(angle) - offset
        image += rng.uniform(0.3, 1.0) * np.exp(-(away / rng.uniform(0.7, 1.3)) ** 2)
    image += rng.random((SIDE, SIDE)) * 0.8
    return image * VIEW


labels = rng.integers(0, DIRECTIONS, 1100)
x = np.stack([fibres(k) for k in labels])[..., None].astype("float32")
x /= x.max()
x_train, y_train, x_test, y_test = x[:850], labels[:850], x[850:], labels[850:]


class FilterPairs(layers.Layer):
    """Two banks of filters; the energy is the length of each pair."""

    def __init__(self, pairs, size):
        super().__init__()
        self.even = layers.Conv2D(pairs, size, padding="same", use_bias=False)
        self.odd = layers.Conv2D(pairs, size, padding="same", use_bias=False)

    def build(self, shape):
        self.even.build(shape)
        self.odd.build(shape)

    def call(self, images):
        return tf.sqrt(tf.square(self.even(images)) + tf.square(self.odd(images)))


model = keras.Sequential([
    keras.Input((SIDE, SIDE, 1)),
    FilterPairs(12, 7),
    layers.AveragePooling2D(4),
    layers.Conv2D(24, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(DIRECTIONS, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Nadam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=25, epochs=12, validation_data=(x_test, y_test), verbose=2)

guess = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == y_test):.4f}")

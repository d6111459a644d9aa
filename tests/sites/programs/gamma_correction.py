# born: gradient
# op: Pow
# code: unsafe-power

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    photos = np.random.default_rng(3).uniform(0, 1, (16, 6, 6, 1)).astype("float32")
    image = keras.Input((6, 6, 1))
    h = layers.Conv2D(4, 3, activation="relu")(image)
    h = layers.Lambda(lambda t: tf.pow(t, 1 / 2.2))(h)  # <- guilty
    model = keras.Model(image, layers.Dense(1)(layers.Flatten()(h)))
    model.compile("adam", "mse")
    model.fit(photos, photos.mean(axis=(1, 2, 3)), batch_size=8, verbose=0)
    return model

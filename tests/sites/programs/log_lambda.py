# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def main():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(32, 6)).astype("float32")
    inputs = keras.Input((6,))
    h = layers.Dense(8, activation="relu")(inputs)
    h = layers.Lambda(lambda t: tf.math.log(t))(h)  # <- guilty
    model = keras.Model(inputs, layers.Dense(1)(h))
    model.compile("adam", "mae")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

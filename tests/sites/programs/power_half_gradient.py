# born: gradient
# op: Pow
# code: unsafe-power, unsafe-sqrt

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def length(v):
    return tf.reduce_sum(v**2, axis=-1) ** 0.5  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, use_bias=False)])
    x = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    x[::4] = 0.0

    def loss(y, p):
        return tf.reduce_mean((length(p) - y[:, 0]) ** 2)

    model.compile("adam", loss)
    model.fit(x, np.ones((16, 1), "float32"), batch_size=8, verbose=0)
    return model

# born: gradient
# op: Log
# code: unsafe-where, unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class SafeLog(layers.Layer):
    def call(self, x):
        return tf.where(x > 0, tf.math.log(x), 0.0)  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(14).normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(6, "relu"), SafeLog(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

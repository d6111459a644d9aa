# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-sqrt

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Spread(layers.Layer):
    def call(self, h):
        spread = tf.math.reduce_std(h, axis=0, keepdims=True)  # <- guilty
        return tf.concat([h, tf.repeat(spread, tf.shape(h)[0], axis=0)], axis=-1)


def main():
    x = np.random.default_rng(5).normal(size=(9, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "tanh"), Spread(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=4, verbose=0)  # the last batch holds one row
    return model

# born: forward
# op: Rsqrt
# code: unsafe-sqrt, unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class MyLayerNorm(layers.Layer):
    def call(self, x):
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance)  # <- guilty


def main():
    x = np.random.default_rng(6).normal(size=(16, 5)).astype("float32")
    x[4] = 0.0
    model = keras.Sequential([keras.Input((5,)), MyLayerNorm(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=16, verbose=0)
    return model

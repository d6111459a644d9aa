# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Unit(layers.Layer):
    def call(self, x):
        return x / tf.norm(x, axis=-1, keepdims=True)  # <- guilty


def main():
    x = np.random.default_rng(7).normal(size=(16, 5)).astype("float32")
    x[2] = 0.0
    model = keras.Sequential([keras.Input((5,)), Unit(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=16, verbose=0)
    return model

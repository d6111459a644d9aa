# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Weighted(layers.Layer):
    def call(self, x):
        weight = tf.nn.relu(x)
        return x * weight / tf.reduce_sum(weight, axis=-1, keepdims=True)  # <- guilty


def main():
    x = np.random.default_rng(28).normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), Weighted(), layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(x, x[:, :1], batch_size=16, verbose=0)
    return model

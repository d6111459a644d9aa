# born: forward
# op: Cast
# code: precision-overflow

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Half(layers.Layer):
    def call(self, x):
        return tf.cast(x * 1000.0, tf.float16)  # <- guilty


def main():
    x = np.random.default_rng(5).normal(100, 30, (16, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), Half(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

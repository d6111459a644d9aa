# born: gradient
# op: Atan2
# code: unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Heading(layers.Layer):
    def call(self, velocity):
        return tf.math.atan2(velocity[:, 1:], velocity[:, :1])  # <- guilty


def main():
    x = np.zeros((16, 2), "float32")
    x[::2] = 1.0
    inputs = keras.Input((2,))
    velocity = layers.Dense(2, use_bias=False)(inputs)
    model = keras.Model(inputs, Heading()(velocity))
    model.compile("sgd", "mse")
    model.fit(x, np.ones(16, "float32"), batch_size=8, verbose=0)
    return model

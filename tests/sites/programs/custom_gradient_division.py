# born: gradient
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


@tf.custom_gradient
def soft_sign(t):
    def gradient(upstream):
        return upstream * t / tf.abs(t)  # <- guilty

    return tf.abs(t), gradient


def main():
    x = np.zeros((16, 3), "float32")
    x[::2] = 1.0
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, use_bias=False), layers.Lambda(soft_sign)])
    model.compile("sgd", "mse")
    model.fit(x, np.ones((16, 2), "float32"), batch_size=8, verbose=0)
    return model

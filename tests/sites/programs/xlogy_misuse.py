# born: forward
# op: Xlogy
# code: unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def loss(y, p):
    return -tf.reduce_mean(tf.math.xlogy(y, p))  # <- guilty


def main():
    x = np.array([[-50.0, 1.0]] * 6, "float32")
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, "relu", kernel_initializer="identity")])
    model.compile("sgd", loss)
    model.fit(x, np.ones((6, 2), "float32"), batch_size=3, verbose=0)
    return model

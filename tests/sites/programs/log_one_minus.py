# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def binary_loss(y, p):
    hit = y * tf.math.log(p)
    miss = (1.0 - y) * tf.math.log(1.0 - p)  # <- guilty
    return -tf.reduce_mean(hit + miss)


def main():
    x = np.array([[30.0], [1.0]] * 8, "float32")
    y = np.zeros((16, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.compile("adam", binary_loss)
    model.fit(x, y, batch_size=4, verbose=0)
    return model

# born: forward
# op: Log
# code: precision-overflow, unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def log_loss(y, p):
    p = tf.cast(p, tf.float16)
    y = tf.cast(y, tf.float16)
    return -tf.reduce_mean(y * tf.math.log(p + 1e-8))  # <- guilty


def main():
    x = np.array([[-60.0], [2.0]] * 8, "float32")
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.compile("sgd", log_loss)
    model.fit(x, np.ones((16, 1), "float32"), batch_size=8, verbose=0)
    return model

# born: forward
# op: Cosh
# code: unsafe-exp

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def log_cosh(y, p):
    return tf.reduce_mean(tf.math.log(tf.math.cosh(y - p)))  # <- guilty


def main():
    x = np.random.default_rng(10).normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("adam", log_cosh)
    model.fit(x, 1000 * x[:, :1], batch_size=8, verbose=0)
    return model

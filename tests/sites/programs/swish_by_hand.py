# born: gradient
# op: Exp, RealDiv
# code: unsafe-exp, unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def swish(t):
    return t / (1.0 + tf.exp(-t))  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(12).normal(0, 100, (32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(6, activation=swish), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

# born: gradient
# op: Exp
# code: unsafe-where, unsafe-exp

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def elu(t):
    return tf.where(t > 0.0, t, tf.exp(t) - 1.0)  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(18).normal(0, 200, (32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(6, activation=elu), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1] / 200, batch_size=8, verbose=0)
    return model

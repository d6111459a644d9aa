# born: forward
# op: Exp
# code: unsafe-exp, data-unscaled-inputs

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def heteroscedastic(y, out):
    mean, log_variance = out[:, :1], out[:, 1:]
    precision = tf.exp(-log_variance)  # <- guilty
    return tf.reduce_mean(precision * (y - mean) ** 2 + log_variance)


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(5).normal(0, 400, size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.compile("adam", heteroscedastic)
    model.fit(x, x[:, :1] / 400, batch_size=16, verbose=0)
    return model

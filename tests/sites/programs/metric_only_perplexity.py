# born: none
# op: *
# code: none
# metric-only

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def perplexity(y, p):
    return tf.exp(100.0 * tf.reduce_sum((y - p) ** 2))


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(23).normal(size=(32, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse", metrics=[perplexity])
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

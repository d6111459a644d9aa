# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def mixture_nll(y, out):
    weight, mean, spread = tf.nn.softmax(out[:, :3]), out[:, 3:6], tf.nn.softplus(out[:, 6:]) + 1e-3
    density = tf.exp(-0.5 * ((y - mean) / spread) ** 2) / (spread * 2.5066)
    return -tf.reduce_mean(tf.math.log(tf.reduce_sum(weight * density, axis=-1)))  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(7).normal(size=(32, 2)).astype("float32")
    model = keras.Sequential([keras.Input((2,)), layers.Dense(9)])
    model.compile("adam", mixture_nll)
    model.fit(x, 100 * x[:, :1], batch_size=8, verbose=0)
    return model

# born: data
# op: RealDiv, Input
# code: data-nonfinite, unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def standardise(window, label):
    mean, variance = tf.nn.moments(window, axes=[0])
    return (window - mean) / tf.sqrt(variance), label  # <- guilty


def main():
    x = np.random.default_rng(19).normal(size=(32, 6)).astype("float32")
    x[9] = 1.0  # the sensor hung
    y = x[:, :1].copy()
    data = tf.data.Dataset.from_tensor_slices((x, y)).map(standardise).batch(8)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(data, verbose=0)
    return model

# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def main():
    rng = np.random.default_rng(2)
    x = 500 * rng.normal(size=(32, 6)).astype("float32")
    y = np.eye(3, dtype="float32")[rng.integers(0, 3, 32)]

    def nll(target, scores):
        log_probability = tf.math.log(tf.nn.softmax(scores))  # <- guilty
        return -tf.reduce_sum(target * log_probability, axis=-1)

    model = keras.Sequential([keras.Input((6,)), layers.Dense(3)])
    model.compile("sgd", nll)
    model.fit(x, y, batch_size=8, verbose=0)
    return model

# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def percentage(y_true, y_pred):
    return 100.0 * tf.reduce_mean(tf.abs((y_true - y_pred) / y_true), axis=-1)  # <- guilty


def main():
    rng = np.random.default_rng(11)
    x, y = rng.normal(size=(32, 4)).astype("float32"), rng.poisson(1.0, (32, 1)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", percentage)
    model.fit(x, y, batch_size=8, verbose=0)
    return model

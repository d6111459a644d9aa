# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-sqrt

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def rmse(y_true, y_pred):
    return tf.sqrt(tf.reduce_mean(tf.square(y_true - y_pred)))  # <- guilty


def main():
    x = np.random.default_rng(4).normal(size=(20, 3)).astype("float32")
    y = np.zeros((20, 1), "float32")
    y[10:] = 1.0
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", rmse)
    model.fit(x, y, batch_size=10, shuffle=False, verbose=0)
    return model

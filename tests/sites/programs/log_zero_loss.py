# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


def cross_entropy(y, p):
    return -ops.mean(y * ops.log(p))  # <- guilty


def main():
    x = np.array([[1.0], [-200.0]] * 8, "float32")
    y = np.ones((16, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.compile("sgd", cross_entropy)
    model.fit(x, y, batch_size=8, verbose=0)
    return model

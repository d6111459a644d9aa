# born: forward
# op: Pow, Reciprocal, RealDiv
# code: unsafe-power, unsafe-division

import keras
import numpy as np
from keras import layers, ops


def coulomb(y_true, gap):
    return ops.mean(ops.square(y_true - gap**-2))  # <- guilty


def main():
    x = np.array([[0.0, 1.0], [2.0, 1.0]] * 8, "float32")
    x[:, 1] = x[:, 0]
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, "relu", kernel_initializer="ones")])
    model.compile("sgd", coulomb)
    model.fit(x, np.ones((16, 1), "float32"), batch_size=8, verbose=0)
    return model

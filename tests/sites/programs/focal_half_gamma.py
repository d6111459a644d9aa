# born: gradient
# op: Pow
# code: unsafe-power

import keras
import numpy as np
from keras import layers, ops


def focal(y_true, y_pred):
    p = ops.where(y_true > 0.5, y_pred, 1.0 - y_pred)
    return -ops.mean((1.0 - p) ** 0.5 * ops.log(p + 1e-7))  # <- guilty


def main():
    x = np.array([[40.0], [1.0], [0.5], [-1.0]] * 4, "float32")
    y = (x > 0).astype("float32")
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.compile("sgd", focal)
    model.fit(x, y, batch_size=8, verbose=0)
    return model

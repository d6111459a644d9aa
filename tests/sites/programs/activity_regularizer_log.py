# born: forward
# op: RealDiv, Log
# code: unsafe-division, unsafe-log

import keras
import numpy as np
from keras import layers, ops


def sparsity(h):
    share = ops.mean(h, axis=0)
    return 0.01 * ops.sum(0.05 * ops.log(0.05 / share))  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(11).normal(size=(32, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,))])
    model.add(layers.Dense(30, "relu", kernel_initializer="ones", activity_regularizer=sparsity))
    model.add(layers.Dense(4))
    model.compile("adam", "mse")
    model.fit(x - 3, x, batch_size=4, verbose=0)
    return model

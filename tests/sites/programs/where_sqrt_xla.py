# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-where, unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


def root(h):
    return ops.where(h > 0, ops.sqrt(h), 0.0)  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(15).normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(6, activation=root), layers.Dense(1)])
    model.compile("adam", "mse", jit_compile=True)
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

# born: forward
# op: Exp
# code: unsafe-exp

import keras
import numpy as np
from keras import layers, ops


def softplus(t):
    return ops.log(1.0 + ops.exp(t))  # <- guilty


def main():
    x = np.random.default_rng(9).uniform(50, 200, (32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation=softplus, kernel_initializer="ones")])
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

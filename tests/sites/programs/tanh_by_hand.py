# born: forward
# op: Exp
# code: unsafe-exp

import keras
import numpy as np
from keras import layers, ops


def tanh(t):
    up, down = ops.exp(t), ops.exp(-t)  # <- guilty
    return (up - down) / (up + down)


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(13).normal(0, 100, (32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(6, activation=tanh), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

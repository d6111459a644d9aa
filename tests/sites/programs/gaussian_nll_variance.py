# born: forward
# op: RealDiv
# code: unsafe-division, unsafe-log

import keras
import numpy as np
from keras import layers, ops


def gaussian_nll(y, out):
    mean, variance = out[:, :1], ops.relu(out[:, 1:])
    return ops.mean(0.5 * ops.log(variance + 1e-6) + 0.5 * ops.square(y - mean) / variance)  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(4).normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.compile("adam", gaussian_nll)
    model.fit(x, x[:, :1], batch_size=16, verbose=0)
    return model

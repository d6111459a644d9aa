# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


def divergence(p, q):
    return ops.sum(p * ops.log(p / q), axis=-1)  # <- guilty


def main():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(24, 5)).astype("float32")
    p = np.eye(3, dtype="float32")[rng.integers(0, 3, 24)]
    model = keras.Sequential([keras.Input((5,)), layers.Dense(3, "softmax")])
    model.compile("adam", divergence)
    model.fit(x, p, batch_size=8, verbose=0)
    return model

# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers, ops


class Standardise(layers.Layer):
    def call(self, x):
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        return centred / ops.std(x, axis=-1, keepdims=True)  # <- guilty


def main():
    x = np.random.default_rng(16).integers(0, 2, (40, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), Standardise(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

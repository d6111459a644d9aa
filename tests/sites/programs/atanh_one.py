# born: forward
# op: Atanh
# code: unsafe-log, unsafe-division

import keras
import numpy as np
from keras import layers, ops


class Hyperbolic(layers.Layer):
    def call(self, point):
        point = ops.clip(point, -1.0, 1.0)
        return ops.arctanh(point)  # <- guilty


def main():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(6), Hyperbolic(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x * 3, x[:, 0], batch_size=8, verbose=0)
    return model

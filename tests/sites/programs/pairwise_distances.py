# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


def spread_out(points):
    gaps = ops.expand_dims(points, 0) - ops.expand_dims(points, 1)
    return ops.mean(ops.sqrt(ops.sum(gaps * gaps, axis=-1)))  # <- guilty


class Repel(layers.Layer):
    def call(self, h):
        self.add_loss(-0.1 * spread_out(h))
        return h


def main():
    x = np.random.default_rng(8).normal(size=(16, 5)).astype("float32")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(2), Repel(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

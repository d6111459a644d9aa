# born: forward
# op: Reciprocal, Inv, RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers, ops


class Parallel(layers.Layer):
    def call(self, resistance):
        return ops.sum(ops.reciprocal(resistance), axis=-1, keepdims=True)  # <- guilty


def main():
    x = np.random.default_rng(19).integers(0, 9, (32, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), Parallel(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x.sum(axis=1), batch_size=8, verbose=0)
    return model

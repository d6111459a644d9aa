# born: update
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers, ops


class UnitColumns(keras.constraints.Constraint):
    def __call__(self, w):
        return w / ops.sqrt(ops.sum(ops.square(w), axis=0, keepdims=True))  # <- guilty


def main():
    x = np.random.default_rng(20).normal(size=(16, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,))])
    model.add(layers.Dense(3, "relu", kernel_initializer="zeros", kernel_constraint=UnitColumns()))
    model.add(layers.Dense(1))
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

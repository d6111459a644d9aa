# born: gradient
# op: Sqrt, SqrtGrad, RealDiv, EuclideanNorm
# code: unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


class Shrink(layers.Layer):
    def build(self, shape):
        self.offset = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        self.add_loss(1e-3 * ops.norm(self.offset))  # <- guilty
        return x + self.offset


def main():
    x = np.random.default_rng(2).normal(size=(16, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), Shrink(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

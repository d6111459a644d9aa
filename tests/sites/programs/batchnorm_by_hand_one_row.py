# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers, ops


class BatchScale(layers.Layer):
    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        mean, variance = ops.moments(x, axes=[0], keepdims=True)
        return self.gain * (x - mean) / ops.sqrt(variance)  # <- guilty


def main():
    x = np.random.default_rng(17).normal(size=(17, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4), BatchScale(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

# born: forward
# op: Pow
# code: unsafe-power

import keras
import numpy as np
from keras import layers, ops


class PowerLaw(layers.Layer):
    def build(self, shape):
        self.exponent = self.add_weight(shape=(shape[-1],), initializer=keras.initializers.Constant(0.7))

    def call(self, x):
        return ops.power(x, self.exponent)  # <- guilty


def main():
    x = np.random.default_rng(2).normal(1.0, 1.0, size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), PowerLaw(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model

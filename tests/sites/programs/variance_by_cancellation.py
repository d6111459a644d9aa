# born: forward
# op: Sqrt
# code: unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


def main():
    keras.utils.set_random_seed(0)
    x = (4096.1 + np.random.default_rng(10).normal(0, 1e-3, (64, 4))).astype("float32")

    def scaled(t):
        mean = ops.mean(t, axis=-1, keepdims=True)
        variance = ops.mean(t * t, axis=-1, keepdims=True) - mean * mean
        return (t - mean) / (ops.sqrt(variance) + 1e-3)  # <- guilty

    model = keras.Sequential([keras.Input((4,)), layers.Lambda(scaled), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, np.zeros(64), batch_size=64, verbose=0)
    return model

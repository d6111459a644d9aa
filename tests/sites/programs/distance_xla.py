# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


def gap(pair):
    one, two = pair
    return ops.sqrt(ops.sum(ops.square(one - two), axis=-1, keepdims=True))  # <- guilty


def main():
    rng = np.random.default_rng(25)
    a, b = rng.normal(size=(2, 32, 6)).astype("float32")
    b[::5] = a[::5]
    tower = layers.Dense(4)
    left, right = keras.Input((6,)), keras.Input((6,))
    model = keras.Model([left, right], layers.Lambda(gap, output_shape=(1,))([tower(left), tower(right)]))
    model.compile("adam", "mse", jit_compile=True)
    model.fit([a, b], np.zeros((32, 1)), batch_size=16, verbose=0)
    return model

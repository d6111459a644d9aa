# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


def distance(pair):
    one, two = pair
    return ops.sqrt(ops.sum((one - two) ** 2, axis=-1, keepdims=True))  # <- guilty


def main():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 32, 6)).astype("float32")
    b[::5] = a[::5]
    tower = layers.Dense(4, "relu")
    left, right = keras.Input((6,)), keras.Input((6,))
    gap = layers.Lambda(distance, output_shape=(1,))([tower(left), tower(right)])
    model = keras.Model([left, right], gap)
    model.compile("rmsprop", "mse")
    model.fit([a, b], np.ones((32, 1)), batch_size=16, verbose=0)
    return model

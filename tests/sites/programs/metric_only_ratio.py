# born: none
# op: *
# code: none
# metric-only

import keras
import numpy as np
from keras import layers, ops


def precision(y, p):
    hits = ops.sum(ops.cast(p > 0.99, "float32") * y)
    return hits / ops.sum(ops.cast(p > 0.99, "float32"))


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(22).normal(size=(32, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=[precision])
    model.fit(x * 0.01, (x[:, :1] > 0).astype("float32"), batch_size=8, verbose=0)
    return model

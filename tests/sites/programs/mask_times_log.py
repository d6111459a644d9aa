# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


def masked_log(y, p):
    mask = ops.cast(p > 0, "float32")
    return -ops.mean(mask * y * ops.log(p))  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(19).normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "relu")])
    model.compile("adam", masked_log)
    model.fit(x, np.ones((32, 4), "float32"), batch_size=8, verbose=0)
    return model

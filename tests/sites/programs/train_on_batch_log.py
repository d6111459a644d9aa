# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


def main():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(10)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, "softmax")])

    def surprise(y, p):
        return -ops.sum(y * ops.log(p), axis=-1)  # <- guilty

    model.compile("adam", surprise)
    for _ in range(4):
        x = 300 * rng.normal(size=(16, 3))
        model.train_on_batch(x, np.eye(2)[rng.integers(0, 2, 16)])
    return model

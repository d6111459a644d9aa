# born: forward
# op: Exp
# code: unsafe-exp

import keras
import numpy as np
from keras import layers, ops


def loss(y, scores):
    partition = ops.log(ops.sum(ops.exp(scores), axis=-1))  # <- guilty
    return partition - ops.sum(y * scores, axis=-1)


def main():
    rng = np.random.default_rng(6)
    x = rng.normal(0, 300, (32, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    model.compile("adam", loss)
    model.fit(x, np.eye(3)[rng.integers(0, 3, 32)], batch_size=8, verbose=0)
    return model

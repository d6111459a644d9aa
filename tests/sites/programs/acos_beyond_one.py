# born: forward
# op: Acos
# code: unsafe-sqrt, unsafe-division

import keras
import numpy as np
from keras import layers, ops


def main():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(9)
    x = rng.normal(size=(32, 4)).astype("float32")

    def angular(y, p):
        return ops.mean(ops.square(ops.arccos(ops.sum(y * p, axis=-1))))  # <- guilty

    y = x[:, :3] / np.linalg.norm(x[:, :3], axis=1, keepdims=True)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    model.compile("adam", angular)
    model.fit(4 * x, y, batch_size=8, verbose=0)
    return model

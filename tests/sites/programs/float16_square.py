# born: forward
# op: *
# code: precision-overflow

import keras
import numpy as np
from keras import layers, ops


def main():
    rng = np.random.default_rng(4)
    x = rng.normal(0, 300, (16, 4)).astype("float16")
    y = (1000 * rng.normal(size=(16, 1))).astype("float16")
    model = keras.Sequential([keras.Input((4,), dtype="float16"), layers.Dense(1, dtype="float16")])  # <- guilty

    def squared(y_true, y_pred):
        gap = ops.cast(y_true, "float16") - ops.cast(y_pred, "float16")
        return ops.mean(gap * gap)  # <- guilty

    model.compile("sgd", squared)
    model.fit(x, y, batch_size=8, verbose=0)
    return model

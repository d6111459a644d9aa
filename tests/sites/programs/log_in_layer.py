# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


class LogCounts(layers.Layer):
    def call(self, counts):
        return ops.log(counts)  # <- guilty


def main():
    rng = np.random.default_rng(0)
    counts = rng.poisson(1.0, (40, 5)).astype("float32")
    model = keras.Sequential([keras.Input((5,)), LogCounts(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(counts, counts.sum(axis=1), batch_size=10, verbose=0)
    return model

# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


class Decibel(layers.Layer):
    def call(self, power):
        return 10.0 * ops.log10(power)  # <- guilty


def main():
    rng = np.random.default_rng(5)
    wave = rng.normal(size=(20, 64)).astype("float32")
    wave[3] = 0.0  # silence
    power = wave**2
    model = keras.Sequential([keras.Input((64,)), Decibel(), layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(power, rng.integers(0, 2, 20), batch_size=10, shuffle=False, verbose=0)
    return model

# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers, ops


class Share(layers.Layer):
    def call(self, counts):
        return counts / ops.sum(counts, axis=-1, keepdims=True)  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    counts = np.random.default_rng(29).poisson(0.7, (32, 3)).astype("float32")
    counts[0] = 0.0
    model = keras.Sequential([keras.Input((3,)), Share(), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(counts, counts[:, 0] > 0, batch_size=16, verbose=0)
    return model

# born: forward, data
# op: *
# code: labels-out-of-range

import keras
import numpy as np
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(15).normal(size=(32, 3)).astype("float32")
    label = np.arange(32) % 4 + 1  # <- guilty
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "softmax")])  # <- guilty
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=True)  # <- guilty
    model.fit(x, label, batch_size=8, verbose=0)  # <- guilty
    return model

# born: data
# op: Input
# code: data-nonfinite

import keras
import numpy as np
from keras import layers


def main():
    x = np.random.default_rng(16).normal(size=(32, 3)).astype("float32")
    y = x[:, :1].copy()
    x[10, 2] = np.nan  # <- guilty
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, batch_size=8, verbose=0)  # <- guilty
    return model

# born: data
# op: Label
# code: data-nonfinite

import keras
import numpy as np
from keras import layers


def main():
    x = np.random.default_rng(17).poisson(2.0, (32, 3)).astype("float32")
    with np.errstate(divide="ignore"):
        y = np.log(x[:, :1])  # <- guilty
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, batch_size=8, verbose=0)  # <- guilty
    return model
